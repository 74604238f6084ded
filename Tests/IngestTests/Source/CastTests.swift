import Ingest
import TestKit
import Testing

@Suite("Columns whose source has another type", .timeLimit(.minutes(5)))
struct CastTests {
    private let day = "2025-09-21"

    @Test("a value that does not fit fails its day only (fault 29)", arguments: [Readings.query, Readings.windowQuery])
    func overflow(_ query: String) async throws {
        try await withReadings(query: query, columns: "id integer, at timestamptz, v text") { scene, source in
            try await source.primary.psql("UPDATE readings SET id = 2147483648 WHERE id = 15")
            try await source.replay()
            let result = try await scene.ingest("2025-09-20", "2025-09-22")
            #expect(
                result.lines == [
                    "tenant_a readings 2025-09-20 loaded 10", "tenant_a readings 2025-09-21 failed server 22003",
                    "tenant_a readings 2025-09-22 loaded 10",
                ])
            #expect(result.outcome == .partial)
            #expect(try await scene.database.psql("SELECT pg_typeof(id), count(*) FROM tenant_a.readings GROUP BY 1") == "integer|20")
        }
    }

    @Test("a text that is too long is an error and is not cut", arguments: ["varchar(3)", "char(3)", "varchar(3)[]", "char(3)[]"])
    func tooLong(_ type: String) async throws {
        let value = type.hasSuffix("[]") ? "ARRAY[v]" : "v"
        let query = Readings.query.replacing("at, v", with: "at, \(value) AS v")
        try await withReadings(query: query, columns: "id bigint, at timestamptz, v \(type)") { scene, source in
            try await source.primary.psql("UPDATE readings SET v = 'abcd' WHERE id = 15")
            try await source.replay()
            #expect(
                try await scene.ingest("2025-09-20", day).lines == [
                    "tenant_a readings 2025-09-20 loaded 10", "tenant_a readings 2025-09-21 failed warehouse.server 22001",
                ])
            try await source.primary.psql("UPDATE readings SET v = 'abc' WHERE id = 15")
            try await source.replay()
            #expect(try await scene.ingest(day, day).outcome == .done)
            #expect(try await scene.verify(day, day) == ["tenant_a readings 2025-09-21 OK"])
        }
    }

    @Test("a text shorter than its char(n) is padded once, and then the day is unchanged and verifies")
    func padding() async throws {
        try await withReadings(columns: "id bigint, at timestamptz, v char(10)") { scene, source in
            let first = try await scene.ingest(day, day)
            #expect(first.lines == ["tenant_a readings 2025-09-21 loaded 10"])
            #expect(try await scene.database.psql("SELECT DISTINCT octet_length(v) FROM tenant_a.readings") == "10")
            #expect(try await scene.ingest(day, day).lines == ["tenant_a readings 2025-09-21 unchanged 10"])
            #expect(try await scene.verify(day, day) == ["tenant_a readings 2025-09-21 OK"])
        }
    }

    @Test("a numeric is rounded to the declared scale as PostgreSQL rounds it")
    func rounding() async throws {
        let values = ["0.0005", "-0.0005", "1.23449999", "999999999.9994", "NaN", "7"].map { "'\($0)'" }.joined(separator: ",")
        let query = """
            SELECT n AS id, '{TARGET_DATE}'::timestamptz AS at, v::numeric AS v
            FROM unnest(ARRAY[\(values)]) WITH ORDINALITY AS u(v, n)
            """
        try await withReadings(query: query, columns: "id bigint, at timestamptz, v numeric(12,3)") { scene, _ in
            let result = try await scene.ingest(day, day)
            #expect(result.outcome == .done)
            #expect(
                try await scene.database.psql("SELECT v FROM tenant_a.readings ORDER BY id")
                    == "0.001\n-0.001\n1.234\n999999999.999\nNaN\n7.000")
            #expect(try await scene.verify(day, day) == ["tenant_a readings 2025-09-21 OK"])
        }
    }

    @Test("an enum known by name on both sides passes, whatever its oids")
    func enums() async throws {
        let query = Readings.query.replacing("at, v", with: "at, 'happy'::mood AS v")
        try await withTenant { scene, source in
            try await source.primary.psql(Readings.table + "CREATE TYPE other AS ENUM ('a'); CREATE TYPE mood AS ENUM ('sad', 'happy')")
            try await source.replay()
            try await scene.database.psql("CREATE TYPE public.mood AS ENUM ('happy', 'sad')")
            try await scene.addReport("readings", query, columns: "id bigint, at timestamptz, v mood")
            #expect(try await scene.ingest(day, day).lines == ["tenant_a readings 2025-09-21 loaded 10"])
            #expect(try await scene.database.psql("SELECT DISTINCT v FROM tenant_a.readings") == "happy")
        }
    }

    @Test("an enum's label that the warehouse lacks fails its day only, with the statement that adds it")
    func label() async throws {
        let query = Readings.query.replacing("at, v", with: "at, CASE id WHEN 15 THEN 'it''s new' ELSE 'sad' END::mood AS v")
        try await withTenant { scene, source in
            try await source.primary.psql(Readings.table + "CREATE TYPE mood AS ENUM ('sad', 'it''s new')")
            try await source.replay()
            try await scene.database.psql("CREATE TYPE public.mood AS ENUM ('sad')")
            try await scene.addReport("readings", query, columns: "id bigint, at timestamptz, v mood")
            let result = try await scene.ingest("2025-09-20", day)
            #expect(
                result.lines == [
                    "tenant_a readings 2025-09-20 loaded 10", "tenant_a readings \(day) failed warehouse.server 22P02",
                ])
            let error = try #require(result.days.last?.error)
            #expect(error.message.hasPrefix("column v: "))
            let statement = try #require(error.hint?.split(separator: "there: ").last)
            try await scene.database.psql("\(statement)")
            #expect(try await scene.ingest("2025-09-20", day).outcome == .done)
        }
    }

    @Test("a type that cannot become the declared one is drift, and the old day stays")
    func impossible() async throws {
        try await withReadings { scene, source in
            #expect(try await scene.ingest(day, day).outcome == .done)
            try await scene.database.psql(
                "UPDATE _wh.mv_templates SET query_template = replace(query_template, 'id,', 'point(1, 2) AS id,')")
            let result = try await scene.ingest(day, day)
            #expect(result.lines == ["tenant_a readings 2025-09-21 failed sourceDrift"])
            #expect(result.days.first?.error?.message.contains("point") == true)
            #expect(try await scene.database.psql("SELECT count(*) FROM tenant_a.readings") == "10")
        }
    }

    @Test("without a date among them get report_day, and a day each")
    func reportDay() async throws {
        let query = Readings.query.replacing("id, at, v", with: "id, v")
        try await withReadings(query: query, columns: "id bigint, v text") { scene, _ in
            let result = try await scene.ingest("2025-09-20", "2025-09-22")
            #expect(result.outcome == .done)
            #expect(
                try await scene.database.psql("SELECT report_day, min(id), count(*) FROM tenant_a.readings GROUP BY 1 ORDER BY 1")
                    == "2025-09-20|0|10\n2025-09-21|10|10\n2025-09-22|20|10")
            #expect(try await scene.verify("2025-09-20", "2025-09-22").allSatisfy { $0.hasSuffix("OK") })
        }
    }
}
