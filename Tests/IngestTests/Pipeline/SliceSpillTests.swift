@testable import Ingest
import Postgres
import PostgresBinary
import Reports
import Spill
import TestKit
import Testing
import Warehouse

@Suite("A slice of a native report", .timeLimit(.minutes(5)))
struct SliceSpillTests {
    /// A tenant with six days of food logs, and the report that the engine has its own code for.
    private func withFoodLogs(rowsPerDay: Int = 60, _ body: (Scene, ReplicatedDatabase) async throws -> Void) async throws {
        try await withTenant { scene, source in
            try await FoodLogSource.fill(source.primary, firstDay: "2025-09-20", days: 6, rowsPerDay: rowsPerDay)
            try await source.replay()
            try await scene.database.psql(file: "\(FoodLogSource.scripts)/template-foodlogstats.sql")
            try await body(scene, source)
        }
    }

    @Test("of days that are in the warehouse is digested only; a day that changed is read once more, from the same snapshot, and kept")
    func probes() async throws {
        try await withFoodLogs { scene, source in
            #expect(try await scene.ingest("2025-09-20", "2025-09-25").totals.loaded == 6)
            #expect(try await scene.read("2025-09-20", "2025-09-25").kept == [])
            try await source.primary.psql(
                "UPDATE phood_foodlogsum SET quantity = quantity + 1 WHERE id = (SELECT min(id) FROM phood_foodlogsum WHERE logged_time >= '2025-09-23 00:00+00')"
            )
            try await source.replay()
            let changed = try await scene.read("2025-09-20", "2025-09-25")
            #expect(changed.kept == ["2025-09-23"])
            #expect(changed.passed == (20...25).map { "2025-09-\($0)" })
            let result = try await scene.ingest("2025-09-20", "2025-09-25")
            #expect(result.totals.unchanged == 5 && result.totals.merged == 1 && result.totals.inserted == 1 && result.totals.deleted == 1)
            #expect(try await scene.verify("2025-09-20", "2025-09-25").allSatisfy { $0.hasSuffix(" OK") })
        }
    }

    @Test("is kept at once where the ledger is not trusted, and of days that are missing or that another report has read")
    func keeps() async throws {
        try await withFoodLogs { scene, _ in
            #expect(try await scene.ingest("2025-09-21", "2025-09-22").totals.loaded == 2)
            #expect(try await scene.read("2025-09-20", "2025-09-22").kept == ["2025-09-20"])
            #expect(try await scene.read("2025-09-20", "2025-09-22", trustsLedger: false).kept.count == 3)
            try await scene.database.psql("UPDATE _wh.ledger SET template_version = 'another'")
            #expect(try await scene.read("2025-09-20", "2025-09-22").kept.count == 3)
        }
    }

    @Test("is read a day at a time, or the first day ahead of the others, where the source has an index on the day, and at once where not")
    func steps() async throws {
        try await withFoodLogs(rowsPerDay: 2000) { scene, source in
            let indexed = try await scene.read("2025-09-20", "2025-09-25").begun
            #expect(indexed.first == 0..<1 && indexed.last?.upperBound == 6)
            try await source.primary.psql("DROP INDEX phood_foodlogsum_logged_time")
            try await source.replay()
            #expect(try await scene.read("2025-09-20", "2025-09-25").begun == [0..<6])
        }
    }

    @Test("that fails on the way is read again from the day that failed; the days before it are done")
    func retriesTheRest() async throws {
        try await withFoodLogs(rowsPerDay: 2000) { scene, source in
            try await withFaultProxy(to: source.standby.port) { proxy in
                try await scene.database.psql("UPDATE _wh.tenant_connections SET enabled = false")
                try await scene.addTenant("tenant_b", source.standby, port: proxy.port)
                let before = proxy.bytes(.toClient)
                #expect(try await scene.ingest("2025-09-20", "2025-09-25").totals.loaded == 6)
                let all = proxy.bytes(.toClient) - before
                try await source.primary.psql("UPDATE phood_foodlogsum SET quantity = quantity + 1")
                try await source.replay()
                proxy.set(.toClient) { $0.cut = Faults.Cut(after: all - 2000, .reset) }
                let result = try await scene.ingest("2025-09-20", "2025-09-25")
                #expect(result.outcome == .done && result.totals.merged == 6)
                #expect(try await scene.verify("2025-09-20", "2025-09-25").allSatisfy { $0.hasSuffix(" OK") })
            }
        }
    }
}

/// What a sink was told and passed on.
private final class Recorder: SliceSink {
    private let sink: SliceSpill
    private(set) var begun: [Range<Int>] = []

    init(_ sink: SliceSpill) { self.sink = sink }

    var wantsDaysSoon: Bool { sink.wantsDaysSoon }

    func begin(_ days: Range<Int>) -> Bool {
        begun.append(days)
        return sink.begin(days)
    }
    func drain(_ rows: DayRows) async throws { try await sink.drain(rows) }
    func finish(_ days: Range<Int>, _ rows: DayRows) async throws -> [Int] { try await sink.finish(days, rows) }
}

extension Scene {
    /// Reads a range as a run does, and throws away what it kept.
    fileprivate func read(
        _ first: String, _ last: String, trustsLedger: Bool = true
    ) async throws -> (begun: [Range<Int>], passed: [String], kept: [String]) {
        let plan = try await plan(first, last)
        let part = try #require(plan.parts.first)
        let slice = try #require(part.slices.first)
        let parameters = try await part.tenant.connectionParameters(keys, timeZone: part.report.timeZone)
        var days: [ReadDay] = []
        var begun: [Range<Int>] = []
        try await Connection.with(parameters) { connection in
            let state = try await SourceState.read(connection)
            try await spill.quota.withShare { share in
                let files = SliceSpill(
                    part, slice, at: state, plan: plan.identity, run: "test", trustsLedger: trustsLedger, spill, share, began: { _ in }
                ) { days.append($0) }
                let recorder = Recorder(files)
                try await SliceReader(report: part.report, bounds: slice.bounds) { _, _ in }
                    .read(over: connection, at: state, into: recorder)
                begun = recorder.begun
            }
        }
        for file in days.compactMap(\.file) { try spill.remove(run: file.run, name: file.name) }
        return (begun, days.map(\.day.day.description).sorted(), days.filter { $0.file != nil }.map(\.day.day.description).sorted())
    }
}
