import Glibc
import Ingest
import Postgres
import Sizing
import Spill
import Stages
import Warehouse

/// Loads one cell into a scratch database, and counts what it takes.
struct Trial: Sendable {
    let subject: Subject
    let target: Target
    let watch: Watch
    /// Where spill files are kept, for the time of a trial.
    let folder: String
    let version: String

    /// What a trial came to.
    struct Outcome: Sendable {
        var wallSeconds = 0.0
        var totals = Totals()
        var counts: [Stage: StageMeter.Count] = [:]
        var readBack = StageMeter.Count()
        /// Of the rows that were left, in any order, a line a report and tenant; nil with a null sink.
        var content: String?
        /// What failed besides days, such as a view that cannot be made.
        var others: [Failure] = []
    }

    var scratch: ScratchDatabase { ScratchDatabase(server: target.server, name: target.scratchName) }

    /// Loads a cell, but for some days. `inspect` looks at what was loaded before it is dropped.
    ///
    /// Throws `FailedDays` where others could not be loaded, and `CancellationError`; the scratch database is gone in any case.
    func run(
        _ cell: Cell, without failing: Set<FailedDays.Day>, _ ends: Ends = .full, countsWAL: Bool = false,
        inspect: (Warehouse, Plan) async throws -> Void = { _, _ in }
    ) async throws -> Outcome {
        let chosen = subject.tenants.filter { cell.load.tenants.contains($0.name) }
        return try await scratch.use {
            for tenant in chosen { try await TenantCatalogue.add(tenant, $0) }
            try await subject.register($0)
        } _: { warehouse in
            let limits = Limits(streams: cell.streams, replicas: subject.replicas(of: cell.load))
            let plan = try await warehouse.withSession {
                try await Planner.plan(
                    .range(cell.load.days.lowerBound, cell.load.days.upperBound), Selection(), sliceDays: limits.sliceDays,
                    confirmed: true, $0)
            }.without(failing)
            let outcome = try await measure(plan, into: warehouse, limits, ends, countsWAL: countsWAL, waitsForDisk: cell.isDiskSlow)
            try await inspect(warehouse, plan)
            return outcome
        }
    }

    private func measure(
        _ plan: Plan, into warehouse: Warehouse, _ limits: Limits, _ ends: Ends, countsWAL: Bool, waitsForDisk: Bool
    ) async throws -> Outcome {
        let spill = try SpillDirectory(path: "\(folder)/spill", quota: SpillQuota(limit: limits.spillBytes))
        var engine = Engine(warehouse, keys: subject.keys, spill: spill, limits: limits, version: version)
        engine.ends = ends
        let meter = watch.meter(countsWAL: countsWAL)
        try await checkpoint()
        let before = try await Reading(watch, target.server)
        let (result, wallSeconds) = try await carryOut(plan, with: engine, meter)
        var after = try await Reading(watch, target.server)
        guard result.outcome != .interrupted else { throw CancellationError() }
        if let failed = FailedDays(result) { throw failed }
        let end = ContinuousClock.now
        let isFlushed = try await checkpoint()
        let flushSeconds = (ContinuousClock.now - end) / .seconds(1)
        try await after.readWrites(watch, target.server)
        var outcome = Outcome(others: result.others)
        // A night that is longer than `checkpoint_timeout` has its checkpoints in it. One that is measured is too short for that.
        outcome.wallSeconds = wallSeconds + (waitsForDisk ? flushSeconds : 0)
        outcome.totals = after.totals(since: before)
        if !isFlushed { outcome.totals.warehouseWritten = nil }
        outcome.totals.rows = result.totals.rows
        outcome.totals.extractedBytes = result.totals.bytes
        for stage in Stage.allCases { outcome.counts[stage] = meter.count(of: StageMeter.Work(stage)) }
        outcome.readBack = meter.count(of: StageMeter.Work(.spill, isReadingBack: true))
        if case .nullSink = ends { return outcome }
        let left = try await warehouse.withSession { try await Remains.read($0) }
        (outcome.totals.tableBytes, outcome.totals.indexBytes, outcome.content) = (left.tableBytes, left.indexBytes, left.content)
        return outcome
    }

    private func carryOut(_ plan: Plan, with engine: Engine, _ meter: StageMeter) async throws -> (RunResult, Double) {
        try await withThrowingTaskGroup(of: (RunResult, Double)?.self) { group in
            for sampler in try await watch.samplers(subject, target.server) {
                group.addTask {
                    try await sampler.run(meter)
                    return nil
                }
            }
            group.addTask {
                let start = ContinuousClock.now
                let result = try await StageMeter.$current.withValue(meter) { try await engine.run(plan, as: .ingest) { _ in } }
                return (result, (ContinuousClock.now - start) / .seconds(1))
            }
            defer { group.cancelAll() }
            while let next = try await group.next() {
                if let next { return next }
            }
            throw CancellationError()
        }
    }

    /// False where it is not allowed.
    @discardableResult
    private func checkpoint() async throws -> Bool {
        do {
            try await Connection.with(target.superuser ?? target.server) { _ = try await $0.query("CHECKPOINT") }
            return true
        } catch let error as PostgresError where error.sqlstate?.code == "42501" {
            return false
        }
    }

    /// How the days of a run compare with their sources.
    func verify(_ plan: Plan, in warehouse: Warehouse) async throws -> [DayState] {
        let spill = try SpillDirectory(path: "\(folder)/spill", quota: SpillQuota(limit: Limits().spillBytes))
        return try await Verifier(warehouse, keys: subject.keys, spill: spill, limits: Limits()).verify(plan) { _ in }
    }
}
