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

    @Test(
        "is merged whatever its columns are called, also as the engine calls its own",
        arguments: [
            "old integer, new timestamptz, image text", "key integer, r timestamptz, copy text",
            "s integer, t timestamptz, place text",
        ])
    func columnNames(_ columns: String) async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            let key = String(columns.prefix { $0 != " " })
            for (name, keys) in [("keyed", [key]), ("plain", [])] {
                let report = try await scene.report(name, columns: columns, indexes: "", keys: keys)
                let target = try await scene.ensure(report, for: tenant)
                try await scene.publish(DayContent("2025-09-24", ids: Array(1...10)), to: target)
                #expect(try await scene.publish(DayContent("2025-09-24", ids: Array(2...11)), to: target) == .merged)
                let sums = try await scene.database.psql("SELECT count(*), min(\(key)), max(\(key)) FROM public.\(name)")
                #expect(sums == "10|2|11")
            }
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

    @Test("has exactly the rows written that differ, whatever their types, with a key and without", arguments: [[], ["k"]])
    func writesOnlyDifference(_ keys: [String]) async throws {
        try await withWarehouse { scene in
            let report = try await scene.report(
                "r", columns: "k int, f float8, n numeric, j json, t text, day date", indexes: "", keys: keys)
            let target = try await scene.ensure(report, for: try await scene.addTenant("a"))
            for (number, change) in Self.changes.enumerated() where keys.isEmpty || change.hasKeys {
                let day = "2025-09-\(10 + number)"
                func content(_ rows: String, _ run: Int64) async throws -> DayContent {
                    let query = """
                        SELECT k::int, f::float8, n::numeric, j::json, t::text, date '\(day)' FROM (VALUES \(rows)) r(k, f, n, j, t)
                        """
                    return try await DayContent(day, selecting: query, in: scene, run: run)
                }
                let versions = "SELECT ctid, xmin, r::text FROM a.r_2025_09_\(10 + number) r"
                try await scene.publish(content(change.before, 1), to: target)
                let before = Set(try await scene.database.psql(versions).split(separator: "\n"))
                let wanted = try await content(change.after, 2)
                let result = try await scene.publishing(wanted, to: target)
                #expect(
                    result == PublishResult(outcome: .merged, inserted: change.inserted, deleted: change.deleted), "\(change.after)")
                let after = Set(try await scene.database.psql(versions).split(separator: "\n"))
                #expect((after.subtracting(before).count, before.subtracting(after).count) == (change.inserted, change.deleted))
                #expect(try await scene.publish(wanted.loaded(distrustsLedger: true), to: target) != .merged, "\(change.after)")
            }
        }
    }

    /// Rows are (k, f, n, j, t).
    private static let changes = [
        Change("(1,'0','1.0','{}','a'), (2,'0','1','{}','b')", "(1,'-0','1.0','{}','a'), (2,'0','1','{}','b')", 1, 1),
        Change("(1,'0','1.0','{}','a'), (2,'0','1','{}','b')", "(1,'0','1.00','{}','a'), (2,'0','1','{}','b')", 1, 1),
        Change("(1,'NaN','NaN','{}','a')", "(1,'NaN','NaN','{}','a'), (2,'NaN','NaN','{}','a')", 1, 0),
        Change("(1,'0','0','{\"a\":1}','a'), (2,'0','0','{}',NULL)", "(1,'0','0','{\"a\": 1}','a'), (2,'0','0','{}',NULL)", 1, 1),
        Change("(NULL,'0','0','{}','a'), (NULL,'0','0','{}',NULL)", "(NULL,'0','0','{}',''), (NULL,'0','0','{}','a')", 1, 1),
        Change(
            "(NULL,'0','0','{}','a'), (NULL,'0','0','{}','a'), (3,'0','0','{}','c')", "(NULL,'0','0','{}','a'), (3,'0','0','{}','c')", 0, 1),
        Change("(1,'0','0','{}','a'), (2,'0','0','{}','c')", "(3,'0','0','{}','c'), (1,'0','0','{}','a')", 1, 1),
        Change(
            "(1,'0','0','{}','a'), (1,'0','0','{}','a'), (1,'0','0','{}','b')",
            "(1,'0','0','{}','a'), (1,'0','0','{}','b'), (1,'0','0','{}','b')", 1, 1, hasKeys: false),
    ]

    /// What a day's rows were, what they are to be, and what has to be written for it.
    private struct Change: Sendable {
        let before: String
        let after: String
        let inserted: Int
        let deleted: Int
        /// No two rows have the same `k`.
        let hasKeys: Bool

        init(_ before: String, _ after: String, _ inserted: Int, _ deleted: Int, hasKeys: Bool = true) {
            (self.before, self.after, self.inserted, self.deleted, self.hasKeys) = (before, after, inserted, deleted, hasKeys)
        }
    }

    @Test("is replaced whole when more than half of its rows differ, and not when half of them do", arguments: [5, 6] as [Int32])
    func replacesWhole(_ changed: Int32) async throws {
        try await withDay { scene, target in
            let day = try DayContent("2025-09-24", ids: Array((1 + changed)...(10 + changed)))
            let result = try await scene.publishing(day, to: target)
            let written = changed > 5 ? 10 : 5
            #expect(result == PublishResult(outcome: .merged, inserted: written, deleted: written))
            #expect(try await scene.database.psql("SELECT count(*), min(id), max(id) FROM a.r") == "10|\(1 + changed)|\(10 + changed)")
        }
    }

    @Test("leaves the other days as they are: the same files, and every row the same version")
    func leavesOtherDays() async throws {
        try await withDay { scene, target in
            let days = ["2025-09-20", "2025-09-21", "2025-09-22"]
            for day in days { try await scene.publish(DayContent(day, ids: Array(1...50)), to: target) }
            let tables = days.map { "a.r_" + $0.replacing("-", with: "_") }
            let state =
                "SELECT oid, relfilenode FROM pg_class WHERE relname LIKE 'r\\_2025\\_09%' ORDER BY oid; "
                + tables.map { "SELECT ctid, xmin, xmax, id FROM \($0) ORDER BY id;" }.joined()
            let before = try await scene.database.psql(state)
            let runs = days.map { ($0, Array(1...50)) } + [("2025-09-24", Array(2...12))] as [(String, [Int32])]
            var results: [PublishResult] = []
            for (day, ids) in runs { results.append(try await scene.publishing(DayContent(day, ids: ids, run: 2), to: target)) }
            #expect(results.map(\.outcome) == [.unchanged, .unchanged, .unchanged, .merged])
            #expect(results.map(\.inserted) == [0, 0, 0, 2] && results.map(\.deleted) == [0, 0, 0, 1])
            #expect(try await scene.database.psql(state) == before)
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
