import Postgres
import PostgresBinary
import TestKit
import Testing
import Warehouse

@Suite("The buckets of a day", .timeLimit(.minutes(2)))
struct DayBucketsTests {
    private static let days = "SELECT string_agg(day::text, ' ' ORDER BY day) FROM _wh.day_buckets"

    private func withTarget(_ body: (WarehouseScene, ReportTarget) async throws -> Void) async throws {
        try await withWarehouse { scene in
            let report = try await scene.report("r", keys: ["id"])
            try await body(scene, try await scene.ensure(report, for: try await scene.addTenant("a")))
        }
    }

    @Test("are kept for the last 62 days, and the older ones removed")
    func recent() async throws {
        try await withTarget { scene, target in
            for day in ["2025-07-25", "2025-07-24", "2025-05-24", "2025-09-24"] {
                try await scene.publish(DayContent(day, ids: [1]).bucketed(), to: target)
            }
            #expect(try await scene.database.psql(Self.days) == "2025-07-24 2025-07-25 2025-09-24")
            try await scene.warehouse.withSession { try await DayBuckets.removeOld(of: ["another"], $0) }
            #expect(try await scene.database.psql(Self.days) == "2025-07-24 2025-07-25 2025-09-24")
            try await scene.warehouse.withSession { try await DayBuckets.removeOld(of: ["r", "another"], $0) }
            #expect(try await scene.database.psql(Self.days) == "2025-07-25 2025-09-24")
            for day in ["2025-07-24", "2025-07-25"] {
                #expect(try await scene.publish(DayContent(day, ids: [1, 2], run: 2).bucketed(), to: target) == .merged)
            }
            #expect(try await scene.database.psql(Self.days) == "2025-07-25 2025-09-24")
        }
    }

    @Test("that are missing are noted when the day is read again, and those that are there are not written again")
    func unchanged() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target)
            #expect(try await scene.database.psql(Self.days) == "")
            let day = try DayContent("2025-09-24", ids: [1, 2], run: 2).bucketed()
            #expect(try await scene.publish(day, to: target) == .unchanged)
            let versions = "SELECT xmin, ctid FROM _wh.day_buckets"
            let before = try await scene.database.psql(versions)
            #expect(before != "")
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [2, 1], run: 3).bucketed(), to: target) == .unchanged)
            #expect(try await scene.database.psql(versions) == before)
            // A day that was not digested by its keys.
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [1, 2], run: 4), to: target) == .unchanged)
            #expect(try await scene.database.psql(versions) == before)
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [1, 2, 3], run: 5), to: target) == .merged)
            #expect(try await scene.database.psql(versions) == "")
        }
    }

    @Test("come to days that were loaded before there were any, when they are read again")
    func without() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target)
            try await scene.database.psql("DELETE FROM _wh.day_buckets")
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [1, 2], run: 2).bucketed(), to: target) == .unchanged)
            #expect(try await scene.database.psql(Self.days) == "2025-09-24")
        }
    }

    @Test("are known only for the digest, the key and the bytes that they were written for")
    func known() async throws {
        try await withTarget { scene, target in
            let day = try DayContent("2025-09-24", ids: [1, 2]).bucketed()
            try await scene.publish(day, to: target)
            #expect(try await scene.known(["2025-09-24": day.load.digest, "2025-09-25": day.load.digest]).count == 1)
            #expect(try await scene.known(["2025-09-24": String(repeating: "0", count: 32)]) == [:])
            #expect(try await scene.known([:]) == [:])
            for spoiled in [
                "digests = decode('00', 'hex')", "digests = set_byte(digests, 0, 1 + get_byte(digests, 0) % 255)", "digests = ''",
                "key_column = 'note'", "digest = 'x'",
            ] {
                try await scene.database.psql("BEGIN; UPDATE _wh.day_buckets SET \(spoiled); COMMIT")
                #expect(try await scene.known(["2025-09-24": day.load.digest]) == [:], "\(spoiled)")
                try await scene.database.psql("DELETE FROM _wh.day_buckets")
                try await scene.publish(day, to: target)
                #expect(try await scene.known(["2025-09-24": day.load.digest]).count == 1)
            }
        }
    }

    @Test("go with the day's row in the ledger, and with the tenant")
    func removed() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1]).bucketed(), to: target)
            try await scene.publish(DayContent("2025-09-25", ids: [1]).bucketed(), to: target)
            try await scene.database.psql("DROP TABLE a.r_2025_09_24")
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target)
            #expect(try await scene.database.psql(Self.days) == "2025-09-25")
            let renamed = """
                BEGIN; SELECT FROM _wh.rename_report('r', 'renamed'); SELECT template_name FROM _wh.day_buckets; ROLLBACK
                """
            #expect(try await scene.database.psql(renamed) == "renamed")
            try await scene.warehouse.withSession { try await TenantRemoval.plan("a", $0).carryOut($0) }
            #expect(try await scene.database.psql(Self.days) == "")
        }
    }

    @Test("are for the engine alone to see")
    func grants() async throws {
        try await withTarget { scene, _ in
            let roles = scene.warehouse.roles
            for role in [roles.admin, roles.writer, roles.reader] {
                let error = await #expect(throws: ClusterError.self) { try await scene.psql(as: role, "SELECT 1 FROM _wh.day_buckets") }
                #expect(error?.sqlstate == "42501")
            }
        }
    }
}
