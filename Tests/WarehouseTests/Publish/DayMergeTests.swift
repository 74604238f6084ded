import Postgres
import TestKit
import Testing
import Warehouse

@Suite("A changed day", .timeLimit(.minutes(5)))
struct DayMergeTests {
    private let places = "SELECT id, ctid, xmin FROM a.r_2025_09_24 ORDER BY id, ctid"

    /// A report without a unique index, with ten rows of one day.
    private func withDay(_ body: (WarehouseScene, ReportTarget) async throws -> Void) async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            let target = try await scene.ensure(try await scene.report("r", indexes: ""), for: tenant)
            try await scene.publish(DayContent("2025-09-24", ids: Array(1...10)), to: target)
            try await body(scene, target)
        }
    }

    @Test("has only the rows written that differ")
    func writesDifference() async throws {
        try await withDay { scene, target in
            let before = try await scene.database.psql(places).split(separator: "\n")
            let changed = try DayContent("2025-09-24", ids: [11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
            #expect(try await scene.publish(changed, to: target) == .merged)
            let after = try await scene.database.psql(places).split(separator: "\n")
            #expect(after.dropLast() == before.dropFirst())
            #expect(after.last?.hasPrefix("11|") == true)
        }
    }

    @Test("keeps as many of several equal rows as there are now")
    func countsDuplicates() async throws {
        try await withDay { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: Array(1...10) + [10, 10]), to: target)
            let three = try await scene.database.psql(places).split(separator: "\n")
            #expect(three.count == 12)
            #expect(try await scene.publish(DayContent("2025-09-24", ids: Array(1...10) + [10]), to: target) == .merged)
            let two = try await scene.database.psql(places).split(separator: "\n")
            #expect(two.count == 11 && Set(two).isSubset(of: three))
        }
    }

    @Test("heals when somebody changed its rows by hand and the ledger is not to be trusted")
    func heals() async throws {
        try await withDay { scene, target in
            try await scene.database.psql(
                "DELETE FROM a.r_2025_09_24 WHERE id = 3; UPDATE a.r_2025_09_24 SET note = 'by hand' WHERE id = 4")
            let day = try DayContent("2025-09-24", ids: Array(1...10), run: 2)
            #expect(try await scene.publish(day, to: target) == .unchanged)
            let distrusting = day.loaded(distrustsLedger: true)
            let healed = try await scene.publishing(distrusting, to: target)
            #expect((healed.outcome, healed.inserted, healed.deleted) == (.merged, 2, 1))
            #expect(
                try await scene.database.psql("SELECT count(*), count(DISTINCT id), min(note), max(note) FROM a.r") == "10|10|note|note")
            let before = try await scene.database.psql(places)
            #expect(try await scene.publish(distrusting, to: target) != .merged)
            #expect(try await scene.database.psql(places) == before)
        }
    }
}
