import Postgres
import Reports

/// Asks the warehouse what the types of a report's columns are.
struct ColumnTypes {
    private let definitions: ColumnDefinitions
    private let connection: Connection

    /// The types of `definitions`, as the session's search_path finds them.
    init(_ definitions: ColumnDefinitions, _ connection: Connection) {
        self.definitions = definitions
        self.connection = connection
    }

    /// The columns with their types, and the names of those types that are not built in: as written, and as the server
    /// writes them. Throws `invalidColumns` for none, for a type that the warehouse does not know, and for one that
    /// belongs to a role that the engine does not trust.
    ///
    /// to_regtype() takes a type's name and nothing else, so that what passes it is safe to repeat in a statement; the
    /// modifier comes from describing a cast to it. Of a domain the server describes the type under it.
    func columns() async throws -> (columns: [ReportColumn], ownTypes: [String]) {
        guard !definitions.entries.isEmpty else { throw ReportError(.invalidColumns, "the report has no columns") }
        try await refuseUnknown()
        let casts = definitions.entries.map { "NULL::\($0.type)" }.joined(separator: ", ")
        let described = try await connection.describe("SELECT \(casts)")
        let types = "{" + described.map { String($0.type) }.joined(separator: ",") + "}"
        let modifiers = "{" + described.map { String($0.modifier) }.joined(separator: ",") + "}"
        let rows = try await connection.query(Self.forms, [types, modifiers, json(definitions.entries.map(\.type))])
            .rows
        try await refuseUntrusted(types)
        var names: Set<String> = []
        let columns = try zip(zip(definitions.entries, described), rows).map { found, row in
            if try row.value("own") as Bool { names.formUnion([found.0.type, try row.value("name")]) }
            guard let form = ColumnType.Form(rawValue: try row.value("form")) else {
                throw ReportError(.invalidColumns, "column \(found.0.name) has a type of an unknown form")
            }
            return ReportColumn(
                found.0.name,
                ColumnType(oid: found.1.type, modifier: found.1.modifier, name: try row.value("name"), form: form))
        }
        return (columns, names.sorted())
    }

    private func refuseUnknown() async throws {
        let all = try? await connection.query(
            "SELECT bool_and(to_regtype(type) IS NOT NULL) FROM json_array_elements_text($1) AS types(type)",
            [json(definitions.entries.map(\.type))]
        ).scalar
        // One that is not known, or not even a name, is found by asking for each.
        for entry in all == "t" ? [] : definitions.entries {
            let known = try? await connection.query("SELECT to_regtype($1)", [entry.type]).scalar
            guard connection.isOpen else { throw ReportError(.invalidColumns, "the connection ended") }
            guard known != nil else {
                throw ReportError(
                    .invalidColumns,
                    "column \(entry.name) has a type that the warehouse does not know: \(entry.type.prefix(40))",
                    hint: try await TypeSource.hint(forMissing: entry.type, connection))
            }
        }
    }

    /// How each type's values travel. Numbers of one server's catalogue are in reg… types, and with the numbers of
    /// element and column types in arrays and composite types of those that are not built in (array_send() and
    /// record_send() in PostgreSQL). The types of extensions go as text because a source may have them in another
    /// version, or not at all.
    private static let forms = """
        WITH given AS (
            SELECT u.n, u.oid, u.modifier, coalesce(nullif(t.typelem, 0), t.oid) AS element
            FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS u(oid, modifier, n) JOIN pg_type t ON t.oid = u.oid)
        SELECT format_type(g.oid, g.modifier) AS name, to_regtype($3::json ->> (g.n - 1)::int)::oid >= 10000 AS own,
            CASE WHEN t.typtype = 'e' THEN 'label'
                WHEN t.oid >= 10000 AND t.typtype = 'b' AND r.prosrc = 'textrecv' THEN 'text'
                WHEN t.oid < 10000 AND t.typtype IN ('b', 'r', 'm') AND t.typreceive <> 0 AND t.typsend <> 0
                    AND e.typreceive <> 0 AND e.typsend <> 0 AND e.typtype IN ('b', 'r', 'm')
                    AND NOT (e.typname ~ '^reg' AND e.typnamespace = 'pg_catalog'::regnamespace) THEN 'binary'
                ELSE 'input' END AS form
        FROM given g JOIN pg_type t ON t.oid = g.oid JOIN pg_type e ON e.oid = g.element LEFT JOIN pg_proc r ON r.oid = t.typreceive
        ORDER BY g.n
        """

    /// A type can bring code along, such as the check of a domain within it, and the engine would run it with its own
    /// rights as rows come in.
    private func refuseUntrusted(_ types: String) async throws {
        let untrusted = try await connection.query(
            """
            WITH RECURSIVE used AS (
                SELECT n, oid FROM unnest($1::oid[]) WITH ORDINALITY AS u(oid, n)
                UNION
                SELECT u.n, part.oid FROM used u JOIN pg_type t ON t.oid = u.oid CROSS JOIN LATERAL (
                    SELECT t.typelem AS oid UNION ALL SELECT t.typbasetype
                    UNION ALL SELECT g.rngsubtype FROM pg_range g WHERE t.oid IN (g.rngtypid, g.rngmultitypid)
                    UNION ALL SELECT a.atttypid FROM pg_attribute a
                    WHERE a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0 AND NOT a.attisdropped) part
                WHERE part.oid <> 0)
            SELECT n, format('%I.%I', s.nspname, t.typname) AS type FROM used u
            JOIN pg_type t USING (oid) JOIN pg_namespace s ON s.oid = t.typnamespace
            WHERE NOT (_wh.is_trusted(t.typowner) AND _wh.is_trusted(s.nspowner)) ORDER BY n LIMIT 1
            """, [types]
        ).rows.first
        guard let untrusted else { return }
        let place: Int = try untrusted.value("n")
        throw ReportError(
            .invalidColumns,
            "column \(definitions.entries[place - 1].name) is of type \(untrusted["type"] ?? ""), which belongs to a role that is not the engine's",
            hint: "use a type of PostgreSQL or of an extension")
    }
}
