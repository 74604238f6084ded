import Ingest
import TestKit
import Testing

@Suite("Sources in other encodings", .timeLimit(.minutes(5)))
struct EncodingTests {
    @Test("LATIN1 is converted")
    func latin1() async throws {
        try await withReadings(encoding: "LATIN1") { scene, source in
            try await source.primary.psql("UPDATE readings SET v = 'Café ÿ £'")
            try await source.replay()
            let result = try await scene.ingest("2025-09-21", "2025-09-21")
            #expect(result.outcome == .done)
            #expect(try await scene.database.psql("SELECT DISTINCT v FROM tenant_a.readings") == "Café ÿ £")
        }
    }

    @Test("SQL_ASCII passes what is UTF-8; what is not is an error with a hint, of its day only")
    func sqlASCII() async throws {
        try await withReadings(encoding: "SQL_ASCII") { scene, source in
            try await source.primary.psql(#"UPDATE readings SET v = 'Café 👍'; UPDATE readings SET v = E'Caf\xe9' WHERE id = 15"#)
            try await source.replay()
            let result = try await scene.ingest("2025-09-20", "2025-09-21")
            #expect(
                result.lines == ["tenant_a readings 2025-09-20 loaded 10", "tenant_a readings 2025-09-21 failed server 22021"])
            let error = try #require(result.days.last?.error)
            #expect(error.message.contains("invalid byte sequence") && error.hint?.contains("SQL_ASCII") == true)
            #expect(try await scene.database.psql("SELECT DISTINCT v FROM tenant_a.readings") == "Café 👍")
        }
    }

    @Test("SQL_ASCII read by native code is the same error")
    func native() async throws {
        try await withTenant(encoding: "SQL_ASCII") { scene, source in
            try await FoodLogSource.fill(source.primary, firstDay: "2025-09-20", days: 1, rowsPerDay: 10)
            try await source.primary.psql(#"UPDATE phood_pan SET name = E'Pan \xff' WHERE id = 3"#)
            try await source.replay()
            try await scene.database.psql(file: "\(FoodLogSource.scripts)/template-foodlogstats.sql")
            let result = try await scene.ingest("2025-09-20", "2025-09-20")
            #expect(result.lines == ["tenant_a foodlogstats 2025-09-20 failed server 22021"])
        }
    }
}
