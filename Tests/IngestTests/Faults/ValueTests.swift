import Ingest
import TestKit
import Testing

@Suite("Values at the edges of their types", .timeLimit(.minutes(5)))
struct ValueTests {
    private let day = "2025-09-21"

    /// A column for each type, and its values; the columns take turns, so that all values of all columns are there.
    private static let values: [(type: String, values: [String])] = [
        ("numeric", ["NaN", "Infinity", "-Infinity", "-0.000", "1e131071", "-1e-16383", "0.10", String(repeating: "9", count: 131072)]),
        ("float8", ["NaN", "Infinity", "-Infinity", "-0", "5e-324", "1.7976931348623157e308", "0.1"]),
        ("real", ["NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38", "0.1"]),
        (
            "timestamp",
            ["infinity", "-infinity", "4713-11-24 00:00:00 BC", "294276-12-31 23:59:59.999999", "0001-12-31 23:59:59.999999 BC"]
        ),
        ("timestamptz", ["infinity", "-infinity", "4713-11-24 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00"]),
        ("date", ["infinity", "-infinity", "4713-11-24 BC", "5874897-12-31", "2024-02-29"]),
        ("interval", ["178000000 years", "-178000000 years -11 mons", "1 mon -1 day 00:00:00.000001", "2147483647 days", "0"]),
        ("time", ["00:00:00", "24:00:00", "23:59:59.999999"]),
        ("timetz", ["00:00:00+15:59:59", "24:00:00-15:59:59"]),
        ("bigint", ["-9223372036854775808", "9223372036854775807"]),
        ("text", ["", "👩‍👩‍👧‍👦", "\\N", "\\."]),
        ("bytea", ["", "\\x00ff00"]),
        ("int4[]", ["{}", "{NULL}", "[-2:-1]={1,2}", "{{1,2},{3,NULL}}", "{{{1}}}"]),
        ("text[]", ["{}", "{\"\",NULL,\"NULL\",\"a,b\"}", "{{a},{b}}"]),
        ("timestamptz[]", ["{infinity,-infinity}"]),
        ("jsonb", ["null", "1e1000", "{\"a\": [1, {\"b\": \"\\u00e9\"}], \"\": -0.0}", "[]"]),
        ("json", ["{\"b\":1,\"a\" : 2, \"a\":3}"]),
        ("uuid", ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"]),
        ("inet", ["0.0.0.0/0", "::1", "2001:db8::/32"]),
        ("bit varying", ["", "1", "000000001"]),
        ("boolean", ["t", "f"]),
    ]

    @Test("come through as they are, bit for bit, and again unchanged (fault 27)")
    func roundTrip() async throws {
        let columns = Self.values.enumerated().map { "c\($0) \($1.type)" }.joined(separator: ", ")
        let names = Self.values.indices.map { "c\($0)" }.joined(separator: ", ")
        let query = "SELECT id, '\(day)'::date AS day, \(names) FROM edges WHERE '{TARGET_DATE}' = '\(day)'"
        try await withTenant { scene, source in
            // A domain and an element of an enum travel as what is under them.
            try await source.primary.psql(
                "CREATE DOMAIN amount AS numeric; CREATE TABLE edges (id int, \(columns.replacing("c0 numeric", with: "c0 amount")))")
            let longest = Self.values.map(\.values.count).max() ?? 0
            for row in 0..<longest {
                var variables: [String: String] = [:]
                for (column, values) in Self.values.map(\.values).enumerated() { variables["v\(column)"] = values[row % values.count] }
                let given = Self.values.indices.map { ":'v\($0)'" }.joined(separator: ", ")
                try await source.primary.psql("INSERT INTO edges VALUES (\(row), \(given))", variables: variables)
            }
            try await source.primary.psql("INSERT INTO edges (id) VALUES (-1)")
            try await source.replay()
            try await scene.addReport("edges", query, columns: "id int, day date, \(columns)", more: ["day_column": "day"])
            #expect(try await scene.ingest(day, day).lines == ["tenant_a edges \(day) loaded \(longest + 1)"])
            for (column, type) in Self.values.map(\.type).enumerated() {
                let text = "SELECT md5(string_agg(id || '=' || coalesce(c\(column)::text, '~'), ' ' ORDER BY id)) FROM"
                #expect(
                    try await scene.database.psql("\(text) tenant_a.edges") == source.standby.psql("\(text) edges"), "\(type)")
            }
            #expect(try await scene.ingest(day, day).lines == ["tenant_a edges \(day) unchanged \(longest + 1)"])
            #expect(try await scene.verify(day, day) == ["tenant_a edges \(day) OK"])
        }
    }

    @Test("of a composite type, whose binary form holds the server's own numbers, come as text that the warehouse reads (fault 27)")
    func composite() async throws {
        try await withReadings(query: Readings.query.replacing("v FROM", with: "ROW(v, id)::pair AS v FROM")) { scene, source in
            try await source.primary.psql("CREATE TYPE pair AS (a text, b bigint)")
            try await source.replay()
            try await scene.database.psql(
                "CREATE TYPE public.pair AS (a text, b bigint); UPDATE _wh.mv_templates SET column_definitions = 'id bigint, at timestamptz, v pair'"
            )
            #expect(try await scene.ingest(day, day).lines == ["tenant_a readings \(day) loaded 10"])
            #expect(try await scene.database.psql("SELECT (v).a, (v).b + 1 FROM tenant_a.readings ORDER BY id LIMIT 1") == "v10|11")
            try await source.primary.psql("UPDATE readings SET v = 'changed' WHERE id = 15")
            try await source.replay()
            #expect(try await scene.ingest(day, day).lines == ["tenant_a readings \(day) merged 10"])
            #expect(try await scene.verify(day, day) == ["tenant_a readings \(day) OK"])
        }
    }

    @Test(
        "of another encoding become UTF-8; a byte that means nothing in it fails its day only, by name (fault 26)",
        arguments: [("WIN1252", "€ Œ", #"\x81"#), ("EUC_JP", "日本", nil), ("KOI8R", "Привет", nil)])
    func encodings(_ encoding: String, _ text: String, _ nothing: String?) async throws {
        try await withReadings(encoding: encoding) { scene, source in
            try await source.primary.psql("UPDATE readings SET v = :'text'", variables: ["text": text])
            if let nothing { try await source.primary.psql("UPDATE readings SET v = E'\(nothing)' WHERE id = 15") }
            try await source.replay()
            let result = try await scene.ingest("2025-09-20", day)
            #expect(
                result.lines == [
                    "tenant_a readings 2025-09-20 loaded 10",
                    nothing == nil ? "tenant_a readings \(day) loaded 10" : "tenant_a readings \(day) failed server 22P05",
                ])
            #expect(try await scene.database.psql("SELECT DISTINCT v FROM tenant_a.readings") == text)
        }
    }

    @Test("a value of 64 MiB comes through; one that the server cannot make is its error and its day's only (fault 28)")
    func huge() async throws {
        let query = Readings.query.replacing(
            "v FROM",
            with:
                "CASE id WHEN 15 THEN repeat('0123456789abcdef', 4 << 20) WHEN 25 THEN repeat('x', (id + (1 << 30))::int) ELSE v END AS v FROM"
        )
        try await withReadings(query: query) { scene, _ in
            let result = try await scene.ingest("2025-09-20", "2025-09-22")
            #expect(
                result.lines == [
                    "tenant_a readings 2025-09-20 loaded 10", "tenant_a readings \(day) loaded 10",
                    "tenant_a readings 2025-09-22 failed server 54000",
                ])
            #expect(
                try await scene.database.psql(
                    "SELECT length(v), v = repeat('0123456789abcdef', 4 << 20) FROM tenant_a.readings WHERE id = 15")
                    == "\(64 << 20)|t")
            #expect(try await scene.spillFiles() == [])
        }
    }

    @Test("a row of 1,599 columns comes through; a report of more is refused when it is registered, and says so (fault 28)")
    func wide() async throws {
        func query(_ count: Int) -> String {
            "SELECT id, at, " + (3...count).map { "(id + \($0))::int AS c\($0)" }.joined(separator: ", ")
                + " FROM readings WHERE at >= '{TARGET_DATE}'::date AND at < '{TARGET_DATE}'::date + 1"
        }
        func columns(_ count: Int) -> String { "id bigint, at timestamptz, " + (3...count).map { "c\($0) int" }.joined(separator: ", ") }
        try await withReadings { scene, _ in
            try await scene.addReport("wide", query(1599), columns: columns(1599))
            let refused = await #expect(throws: ClusterError.self) {
                try await scene.addReport("wider", query(1600), columns: columns(1600))
            }
            #expect(refused?.description.contains("1600 columns are more than the 1599") == true)
            let result = try await scene.ingest(day, day)
            #expect(result.lines == ["tenant_a readings \(day) loaded 10", "tenant_a wide \(day) loaded 10"])
            #expect(result.outcome == .done)
            #expect(try await scene.database.psql("SELECT sum(c3), sum(c1599) FROM tenant_a.wide") == "175|16135")
            #expect(try await scene.verify(day, day, Selection(reports: ["wide"])) == ["tenant_a wide \(day) OK"])
        }
    }
}
