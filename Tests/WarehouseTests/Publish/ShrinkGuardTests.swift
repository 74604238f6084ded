import TestKit
import Testing
import Warehouse

@Suite("A day that shrinks", .timeLimit(.minutes(2)))
struct ShrinkGuardTests {
    /// Runs `body` with a day of 5,000 rows, of which it may lose `share`.
    private func withDay(_ share: String, _ body: (WarehouseScene, ReportTarget) async throws -> Void) async throws {
        try await withWarehouse { scene in
            try await scene.report("r")
            try await scene.database.psql("UPDATE _wh.mv_templates SET max_shrink = \(share)")
            let target = try await scene.ensure(try await scene.report("r"), for: try await scene.addTenant("a"))
            try await scene.publish(DayContent("2025-09-24", ids: Array(1...5000)), to: target)
            try await body(scene, target)
        }
    }

    @Test("by more than its report allows is held and keeps its rows, until that is accepted", arguments: [100, 2499, 0] as [Int32])
    func holds(_ rows: Int32) async throws {
        try await withDay("0.5") { scene, target in
            let day = try DayContent("2025-09-24", ids: Array(0..<rows))
            let before = try await scene.versions()
            let error = await #expect(throws: WarehouseError.self) { try await scene.publish(day, to: target) }
            #expect(error?.code == .shrunk)
            let after = rows == 2499 ? "2,499" : "\(rows)"
            #expect(error?.message == "the day shrank from 5,000 rows to \(after): held, the old rows stay")
            #expect(error?.hint?.contains("--accept-shrink") == true)
            #expect(try await scene.versions() == before)
            #expect(try await scene.publish(day.loaded(acceptsShrink: true), to: target) == .merged)
            #expect(try await scene.database.psql("SELECT count(*) FROM a.r") == "\(rows)")
            // From nothing there is nothing to lose.
            if rows == 0 { #expect(try await scene.publish(DayContent("2025-09-24", ids: [], run: 2), to: target) == .unchanged) }
        }
    }

    @Test(
        "by no more than its report allows is published, whatever else changed",
        arguments: [("0.5", 2500), ("0", 5000), ("0.999", 6), ("1", 0)] as [(String, Int32)])
    func letsThrough(_ share: String, _ rows: Int32) async throws {
        try await withDay(share) { scene, target in
            let day = try DayContent("2025-09-24", ids: Array(0..<rows), note: "other")
            #expect(try await scene.publish(day, to: target) == .merged)
        }
    }

    @Test("because its table is gone is new, and not held")
    func droppedTable() async throws {
        try await withDay("0") { scene, target in
            try await scene.database.psql("DROP TABLE a.r_2025_09_24")
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target) == .loaded)
        }
    }
}
