import Postgres
import Reports

/// Asks the warehouse what the types of a report's columns are.
struct ColumnTypes {
    private let definitions: ColumnDefinitions
    private let connection: Connection

    /// The types of `definitions`: PostgreSQL's own, those of the schema public, and those written with another.
    init(_ definitions: ColumnDefinitions, _ connection: Connection) {
        self.definitions = definitions
        self.connection = connection
    }

    /// The columns with their types, and the names of those types that are not built in: as written, and as the server
    /// writes them. Throws `invalidColumns` for none, for a type that the warehouse does not know, and for one that
    /// belongs to a role that the engine does not trust.
    ///
    /// What `_wh.type_name` returns is safe to repeat in a statement; the modifier comes from describing a cast to it. Of a
    /// domain the server describes the type under it.
    func columns() async throws -> (columns: [ReportColumn], ownTypes: [String]) {
        guard !definitions.entries.isEmpty else { throw ReportError(.invalidColumns, "the report has no columns") }
        let types = try await resolved()
        let casts = types.map { "NULL::\($0)" }.joined(separator: ", ")
        let described = try await connection.describe("SELECT \(casts)")
        let numbers = "{" + described.map { String($0.type) }.joined(separator: ",") + "}"
        let modifiers = "{" + described.map { String($0.modifier) }.joined(separator: ",") + "}"
        let rows = try await connection.query(Self.forms, [numbers, modifiers, json(types)]).rows
        try await refuseUntrusted(numbers)
        var names: Set<String> = []
        let columns = try zip(zip(definitions.entries, described), rows).map { found, row in
            if try row.value("own") as Bool { names.formUnion([found.0.type, try row.value("name")]) }
            guard let form = ColumnType.Form(rawValue: try row.value("form")) else {
                throw ReportError(.invalidColumns, "column \(found.0.name) has a type of an unknown form")
            }
            return ReportColumn(
                found.0.name,
                ColumnType(
                    oid: found.1.type, modifier: found.1.modifier, name: try row.value("name"), form: form,
                    operators: try row.value("operators")))
        }
        return (columns, names.sorted())
    }

    /// The types' names with the schema of those that PostgreSQL does not bring.
    private func resolved() async throws -> [String] {
        let names = try? await connection.query(
            "SELECT _wh.type_name(type) AS name FROM json_array_elements_text($1) WITH ORDINALITY AS types(type, n) ORDER BY n",
            [json(definitions.entries.map(\.type))]
        ).rows.map { $0["name"] }
        // One that is not known, or not even a name, is found by asking for each.
        guard let names, !names.contains(nil) else { throw try await unknown() }
        return names.compactMap(\.self)
    }

    private func unknown() async throws -> ReportError {
        for entry in definitions.entries {
            let known = try? await connection.query("SELECT _wh.type_name($1)", [entry.type]).scalar
            guard connection.isOpen else { return ReportError(.invalidColumns, "the connection ended") }
            guard known == nil else { continue }
            return ReportError(
                .invalidColumns,
                "column \(entry.name) has a type that the warehouse does not know: \(entry.type.prefix(40))",
                hint: try await TypeSource.hint(forMissing: entry.type, connection))
        }
        return ReportError(.invalidColumns, "the warehouse did not say which type it does not know")
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
                ELSE 'input' END AS form,
            CASE WHEN t.oid >= 10000 AND t.typtype = 'b' AND t.typcategory <> 'A' AND EXISTS (
                SELECT FROM pg_operator o WHERE o.oprnamespace = t.typnamespace AND o.oprname = '='
                AND o.oprleft = t.oid AND o.oprright = t.oid) THEN s.nspname ELSE 'pg_catalog' END AS operators
        FROM given g JOIN pg_type t ON t.oid = g.oid JOIN pg_namespace s ON s.oid = t.typnamespace
        JOIN pg_type e ON e.oid = g.element LEFT JOIN pg_proc r ON r.oid = t.typreceive
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
