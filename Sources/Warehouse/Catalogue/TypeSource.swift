import Postgres

/// Where types come from that PostgreSQL does not have by itself.
enum TypeSource {
    /// Types of PostgreSQL's own extensions, and of others that are about, by the extension that has them.
    private static let extensions: [String: String] = [
        "citext": "citext", "hstore": "hstore", "ltree": "ltree", "lquery": "ltree", "ltxtquery": "ltree",
        "cube": "cube", "seg": "seg",
        "isbn": "isn", "isbn13": "isn", "issn": "isn", "issn13": "isn", "ismn": "isn", "ismn13": "isn", "ean13": "isn",
        "upc": "isn",
        "query_int": "intarray", "geometry": "postgis", "geography": "postgis", "vector": "vector", "halfvec": "vector",
        "sparsevec": "vector",
        "semver": "semver", "ip4": "ip4r", "ip4r": "ip4r", "ip6": "ip4r", "iprange": "ip4r", "uint4": "uint",
        "uint8": "uint",
    ]

    /// What to do about a type that the warehouse does not know, `name` as it stands in column_definitions: the
    /// statements that made it where it was known once, as after a restore of `_wh` alone; where it is, if it is in
    /// another schema; the extension that has it.
    static func hint(forMissing name: String, _ connection: Connection) async throws -> String {
        let usual = "name type, name type, …, without constraints"
        if let known = try await definition(of: name, connection) {
            return "as the owner of the database, in the warehouse: \(known)"
        }
        let plain = String(name.prefix { $0 != "[" && $0 != "(" }).split(separator: ".").last.map(String.init) ?? name
        let elsewhere = try await connection.query(
            """
            SELECT format('%I.%I', n.nspname, t.typname) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
            WHERE t.typname = $1 AND t.typtype <> 'p' ORDER BY 1 LIMIT 1
            """, [plain.filter { $0 != "\"" }]
        ).scalar
        if let elsewhere { return "the warehouse has \(elsewhere): write it with its schema" }
        guard let ofType = extensions[plain.lowercased()] else { return usual }
        return "as the owner of the database, in the warehouse: CREATE EXTENSION \(ofType)"
    }

    private static func definition(of name: String, _ connection: Connection) async throws -> String? {
        try await connection.query("SELECT definition FROM _wh.type_definitions WHERE type_name = $1", [name]).scalar
    }

    /// The statements that make types of the warehouse, by their names in column definitions; for each one string.
    static func definitions(of names: [String], _ connection: Connection) async throws -> [String] {
        try await connection.query(
            """
            SELECT DISTINCT _wh.type_definition(to_regtype(_wh.type_name(name))) FROM json_array_elements_text($1) AS names(name)
            WHERE _wh.type_definition(to_regtype(_wh.type_name(name))) IS NOT NULL
            """, [json(names)]
        ).values.compactMap { $0.first ?? nil }
    }

    /// Notes how types are made that a report uses. Writes nothing where that is noted already.
    static func note(_ names: [String], _ connection: Connection) async throws {
        guard !names.isEmpty else { return }
        try await connection.query("SELECT _wh.note_types(ARRAY(SELECT json_array_elements_text($1)))", [json(names)])
    }
}
