@testable import Ingest
import Postgres
import Reports
import Spill
import TestKit
import Testing
import Warehouse

@Suite("What a run that died had read", .timeLimit(.minutes(5)))
struct LeftoversTests {
    @Test("is loaded by the next run of the same plan, which does not ask the source again")
    func resumed() async throws {
        try await withReadings { scene, source in
            let plan = try await scene.plan("2025-09-20", "2025-09-24")
            try await scene.dieAfterReading(plan.keeping { $1 != plan.parts.first?.days.last?.day })
            try await source.primary.psql("DELETE FROM readings WHERE at < '2025-09-24'; UPDATE readings SET v = 'read anew'")
            try await source.replay()
            let result = try await scene.ingest("2025-09-20", "2025-09-24")
            #expect(result.outcome == .done && result.totals.loaded == 5 && result.totals.resumed == 4)
            #expect(
                try await scene.database.psql(
                    "SELECT v = 'read anew', count(*), min(id), max(id) FROM tenant_a.readings GROUP BY 1 ORDER BY 1")
                    == "f|40|0|39\nt|10|40|49")
            #expect(try await scene.spillFiles() == [])
            #expect(scene.spill.quota.usage.used == 0)
        }
    }

    /// Something that makes it useless, and the statement or step that brings it about.
    enum Reason: CaseIterable {
        case otherPlan, otherReport, otherSource, tooOld, notDead, ended, corrupt, cutShort, unwanted
    }

    @Test(
        "is read again and removed when it is of another plan, report or source, too old, not whole, or not wanted",
        arguments: Reason.allCases)
    func useless(reason: Reason) async throws {
        try await withReadings { scene, _ in
            let run = try await scene.dieAfterReading(try await scene.plan("2025-09-20", "2025-09-24"))
            var last = "2025-09-24"
            var options = RunOptions()
            switch reason {
            case .otherPlan: last = "2025-09-23"
            case .otherReport: try await scene.database.psql("UPDATE _wh.mv_templates SET query_template = query_template || ' AND true'")
            // What the tenant's days come from now is not known to be what they came from then.
            case .otherSource: try await scene.database.psql("DELETE FROM _wh.sources")
            case .tooOld: try await scene.database.psql("UPDATE _wh.runs SET started_at = started_at - interval '7 hours'")
            case .notDead: break
            case .ended: try await scene.database.psql("UPDATE _wh.runs SET outcome = 'failed'")
            case .corrupt: try await scene.damage("printf x | dd of=$f bs=1 seek=40 conv=notrunc status=none")
            case .cutShort: try await scene.damage("truncate -s -1 $f")
            case .unwanted: options.readsAfresh = true
            }
            let plan = try await scene.plan("2025-09-20", last)
            let result = try await scene.warehouse.withSession { session in
                // A run is dead when nobody holds its lock.
                if reason == .notDead { try await RunLog.hold(run, session) }
                return try await scene.engine.run(plan, as: .ingest, options) { _ in }
            }
            #expect(result.outcome == .done && result.totals.resumed == 0, "\(result.lines)")
            #expect(result.totals.loaded == plan.dayCount && result.totals.bytes > 0)
            #expect(try await scene.spillFiles() == [])
        }
    }

    @Test("of a day that was going on is read again: it may have grown")
    func today() async throws {
        try await withReadings { scene, _ in
            let today = try await scene.database.psql("SELECT (now() AT TIME ZONE 'UTC')::date")
            try await scene.dieAfterReading(try await scene.plan(today, today))
            let result = try await scene.ingest(today, today)
            #expect(result.outcome == .done && result.totals.resumed == 0)
        }
    }

    @Test("counts towards the quota until it is loaded, and is not in the way of what is still to be read")
    func quota() async throws {
        try await withReadings { scene, _ in
            let plan = try await scene.plan("2025-09-20", "2025-09-24")
            try await scene.dieAfterReading(plan.keeping { $1 == plan.parts.first?.days.first?.day })
            let spill = try SpillDirectory(path: scene.spillPath, quota: SpillQuota(limit: 1 << 21))
            let tight = Scene(
                database: scene.database, warehouse: scene.warehouse, keys: scene.keys, spill: spill, directory: scene.directory)
            let result = try await tight.ingest("2025-09-20", "2025-09-24")
            #expect(result.outcome == .done && result.totals.resumed == 1)
            #expect(spill.quota.usage.used == 0)
        }
    }
}

extension Scene {
    /// Reads a plan's days as a run that is killed before it has published one. Returns the run.
    @discardableResult
    fileprivate func dieAfterReading(_ plan: Plan) async throws -> Int64 {
        let run = try await warehouse.withSession {
            try await RunLog.start(.ingest, plan: plan.identity, engine: "test", host: "test", process: 1, planned: plan.dayCount, $0)
        }
        // Its hold on the folder ends with it.
        let spill = try SpillDirectory(path: spillPath, quota: SpillQuota(limit: 1 << 28))
        for part in plan.parts {
            let parameters = try await part.tenant.connectionParameters(keys, timeZone: part.report.timeZone)
            for slice in part.slices {
                try await Connection.with(parameters) { connection in
                    let state = try await SourceState.read(connection)
                    try await warehouse.withSession { _ = try await SourceRegister.note(state.position, of: part.tenant.name, $0) }
                    try await spill.quota.withShare { share in
                        let files = SliceSpill(
                            part, slice, at: state, plan: plan.identity, run: RunContext.folder(of: run), trustsLedger: true, spill, share,
                            began: { _ in }, pass: { _ in })
                        try await SliceReader(report: part.report, bounds: slice.bounds) { _, _ in }
                            .read(over: connection, at: state, into: files)
                    }
                }
            }
        }
        return run
    }

    /// Does something to each spill file `$f`.
    fileprivate func damage(_ command: String) async throws {
        try await database.psql(#"\! for f in $(find \#(spillPath) -name '*.lz4'); do \#(command); done"#)
    }
}
