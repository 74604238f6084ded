import TestKit
import Testing
import Warehouse

@Suite("A day's statistics", .timeLimit(.minutes(2)))
struct DayStatisticsTests {
    private static let analysed =
        "SELECT string_agg(attname, ',' ORDER BY attname) FROM pg_stats WHERE schemaname = 'a' AND tablename = 'r_2025_09_24'"

    @Test("are there for indexed columns when it is published, and autovacuum is left to gather the others")
    func indexed() async throws {
        try await withWarehouse { scene in
            let target = try await scene.ensure(try await scene.report("r"), for: try await scene.addTenant("a"))
            try await scene.publish(DayContent("2025-09-24", ids: Array(1...500)), to: target)
            #expect(try await scene.database.psql(Self.analysed) == "id")
            #expect(try await scene.database.psql("SELECT reltuples FROM pg_class WHERE oid = 'a.r_2025_09_24'::regclass") == "500")
            // What autovacuum goes by.
            try await eventually("the count of changed rows to be reported", within: .seconds(20)) {
                try await scene.database.psql(
                    "SELECT n_mod_since_analyze FROM pg_stat_user_tables WHERE relid = 'a.r_2025_09_24'::regclass") == "500"
            }
        }
    }

    @Test("are there for all columns where an index is on an expression, or there is no index")
    func all() async throws {
        for indexes in ["CREATE INDEX ON {SCHEMA}.{VIEW_NAME} (lower(note))", ""] {
            try await withWarehouse { scene in
                let target = try await scene.ensure(try await scene.report("r", indexes: indexes), for: try await scene.addTenant("a"))
                try await scene.publish(DayContent("2025-09-24", ids: Array(1...500)), to: target)
                #expect(try await scene.database.psql(Self.analysed).contains("at,id,note"))
            }
        }
    }

    @Test("are gathered anew when more than a tenth of the rows changed, and not before")
    func changed() async throws {
        try await withWarehouse { scene in
            let target = try await scene.ensure(try await scene.report("r"), for: try await scene.addTenant("a"))
            try await scene.publish(DayContent("2025-09-24", ids: Array(1...1000)), to: target)
            let rows = "SELECT reltuples FROM pg_class WHERE oid = 'a.r_2025_09_24'::regclass"
            try await scene.publish(DayContent("2025-09-24", ids: Array(1...1050)), to: target)
            #expect(try await scene.database.psql(rows) == "1000")
            try await scene.publish(DayContent("2025-09-24", ids: Array(1...1400)), to: target)
            #expect(try await scene.database.psql(rows) == "1400")
        }
    }
}
