import Postgres
import SQLText

/// A view of somebody else's that reads, directly or through other views, what the engine is about to drop.
public struct DependentView: Sendable, Equatable {
    /// Its schema.
    public let schema: String
    /// Its name.
    public let name: String
    /// Whether it is a materialized view.
    public let isMaterialized: Bool
    /// Who owns it.
    public let owner: String
    /// Whether the login that is connected may drop it, as its owner or as that of its schema.
    public let isDroppable: Bool

    /// `schema.name`
    public var title: String { "\(schema).\(name)" }

    /// All of them in an order in which each can be dropped: before the views that it reads.
    ///
    /// - Parameter roots: delimited names of what is to be dropped; names that do not exist say nothing.
    static func of(_ roots: [String], _ connection: Connection) async throws -> [DependentView] {
        let rows = try await connection.query(
            """
            WITH RECURSIVE roots AS (
                SELECT to_regclass(name)::oid AS oid FROM json_array_elements_text($1) AS names(name)),
            -- The engine makes its public views anew itself.
            own AS (
                SELECT oid FROM roots UNION SELECT to_regclass(format('public.%I', template_name))::oid FROM _wh.public_views),
            uses AS (
                SELECT DISTINCT c.oid AS view, d.refobjid AS used
                FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class c ON c.oid = r.ev_class
                WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND c.relkind IN ('v', 'm')
                    AND c.oid <> d.refobjid AND NOT EXISTS (SELECT FROM own WHERE own.oid = c.oid)),
            found AS (
                SELECT view, used FROM uses WHERE used IN (SELECT oid FROM roots)
                UNION
                SELECT u.view, u.used FROM uses u JOIN found f ON u.used = f.view)
            SELECT c.oid, n.nspname, c.relname, c.relkind = 'm' AS materialized, pg_get_userbyid(c.relowner) AS owner,
                pg_has_role(session_user, c.relowner, 'USAGE') OR pg_has_role(session_user, n.nspowner, 'USAGE') AS droppable,
                (SELECT array_to_json(array_agg(DISTINCT f.used::text)) FROM found f WHERE f.view = c.oid) AS used
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid IN (SELECT view FROM found)
            ORDER BY n.nspname, c.relname
            """, [json(roots)]
        ).rows
        var waiting = try rows.map { row in
            (id: try row.value("oid") as String, used: Set(strings(inJSON: row["used"])), view: try DependentView(row))
        }
        var ordered: [DependentView] = []
        while let next = waiting.firstIndex(where: { one in !waiting.contains { $0.used.contains(one.id) } }) {
            ordered.append(waiting.remove(at: next).view)
        }
        // Views that read each other have no order. DROP says so then, and nothing is dropped.
        return ordered + waiting.map(\.view)
    }

    private init(_ row: QueryResult.Row) throws {
        schema = try row.value("nspname")
        name = try row.value("relname")
        isMaterialized = try row.value("materialized")
        owner = try row.value("owner")
        isDroppable = try row.value("droppable")
    }

    /// Drops it, and nothing that depends on it.
    func drop(_ connection: Connection) async throws {
        try await connection.query("DROP \(isMaterialized ? "MATERIALIZED VIEW" : "VIEW") \(SQL.identifier(schema, name))")
    }
}
