import Stages
import CrashPoints
import Glibc
public import Spill
public import Warehouse

/// Carries out plans.
///
///     run ─┬─ one task a tenant (at most `replicas` at once) ── one a slice (at most `streamsPerReplica` a tenant): read and spill
///          └─ `loaders` tasks, one warehouse session each: publish day after day as they are spilled
///
/// Readers and loaders meet in a queue, and in the spill quota: a reader waits when spill is full until a loader has removed a file.
public struct Engine: Sendable {
    let warehouse: Warehouse
    let keys: KeyRing
    let spill: SpillDirectory
    /// How much may go on at once.
    public let limits: Limits
    let version: String
    /// What stands at its two ends.
    public var ends = Ends.full

    /// An engine that loads into `warehouse`. `version` is the program's, for the run log.
    public init(_ warehouse: Warehouse, keys: KeyRing, spill: SpillDirectory, limits: Limits, version: String) {
        self.warehouse = warehouse
        self.keys = keys
        self.spill = spill
        self.limits = limits
        self.version = version
    }

    /// Carries out `plan`. A day that fails leaves the others alone and is in the result; throws only when nothing could be begun.
    ///
    /// Cancelling the task ends the reads and loads under way, on the servers too, and returns what was done until then. Days that a run of
    /// the same plan had read before it died are loaded without reading them again. With a lease on a request, each day is noted there with
    /// its publish, and none is published once the lease is lost.
    public func run(
        _ plan: Plan, as kind: RunLog.Kind, _ options: RunOptions = RunOptions(), for lease: Lease? = nil,
        observer: @escaping @Sendable (Progress) -> Void
    ) async throws -> RunResult {
        let clock = ContinuousClock.now
        let control = ControlSession(warehouse)
        defer { Task { await control.close() } }
        let known = try await control.perform { try await SourceRegister.all($0) }
        let dead = options.readsAfresh ? [] : try await control.perform { try await RunLog.dead(asked: plan.identity, $0) }
        let (host, version) = (Self.hostName, version)
        let run = try await control.begin {
            try await RunLog.start(
                kind, plan: plan.identity, engine: version, host: host, process: getpid(), planned: plan.dayCount,
                request: lease?.request, $0)
        }
        CrashPoint.runRegistered.reach()
        let sources = SourceGuard(known) { tenant, position in
            try await control.perform { try await SourceRegister.note(position, of: tenant, $0) }
        }
        let (jobs, jobsIn) = AsyncStream.makeStream(of: LoadJob.self)
        let context = RunContext(
            engine: self, run: run, plan: plan.identity, options: options, lease: lease, board: ResultBoard(observer), control: control,
            sources: sources,
            jobs: jobsIn)
        let leftovers = Leftovers(of: dead, for: plan, known: known, spill)
        defer { for folder in [context.folder] + leftovers.folders { try? spill.removeRun(folder) } }
        _ = try spill.sweep()
        await carryOut(leftovers.rest(of: plan), leftovers.jobs, jobs, context)
        let others = plan.unusable.map { Failure($0, on: .warehouse) } + (await refreshViews(context))
        let result = context.board.result(
            run: run, planned: plan.dayCount, others: others, interrupted: Task.isCancelled, elapsed: .now - clock)
        await note(result, context)
        CrashPoint.runFinished.reach()
        return result
    }

    private func carryOut(_ plan: Plan, _ resumed: [LoadJob], _ jobs: AsyncStream<LoadJob>, _ context: RunContext) async {
        if !resumed.isEmpty { context.board.note(.resumed(days: resumed.count)) }
        await withTaskGroup { group in
            // A session for each, and none that could have nothing to do.
            for _ in 0..<max(min(limits.loaders, plan.dayCount + resumed.count), 1) {
                group.addTask(executorPreference: BlockingExecutor.shared) { await Loader(context).run(jobs) }
            }
            group.addTask {
                for job in resumed { context.jobs.yield(job) }
                await context.read(plan)
                context.jobs.finish()
            }
        }
    }

    /// Last, because replacing a view that is being read has to wait. A view that could not be replaced takes nothing from the days.
    private func refreshViews(_ context: RunContext) async -> [Failure] {
        var failures: [Failure] = []
        for report in context.board.publishedReports where !Task.isCancelled {
            do {
                try await context.retries.run(on: .warehouse) {
                    try await warehouse.withSession { try await ReportTarget.refreshPublicView(of: report, $0) }
                }
            } catch let failure as Failure {
                failures.append(failure.about("public.\(report) was not replaced"))
            } catch {
                continue
            }
        }
        return failures
    }

    /// A note that fails changes nothing about the days, nor about the other notes; the run's end is the last.
    private func note(_ result: RunResult, _ context: RunContext) async {
        let reports = context.board.publishedReports
        try? await context.control.perform { try await DayBuckets.removeOld(of: reports, $0) }
        try? await context.control.perform { try await RunLog.removeOld($0) }
        for failure in context.board.failures {
            try? await context.control.perform { try await RunLog.note(RunEvent(failure), run: result.run, $0) }
        }
        for (tenant, position) in context.sources.latest {
            try? await context.control.perform { try await SourceRegister.advance(tenant, to: position, $0) }
        }
        try? await context.retries.run(on: .warehouse) { try await finish(result, context) }
    }

    private func finish(_ result: RunResult, _ context: RunContext) async throws {
        try await context.control.perform { session in
            try await RunLog.finish(
                result.run, outcome: result.outcome.rawValue, rows: result.totals.rows, bytes: result.totals.bytes,
                message: result.others.isEmpty ? nil : result.others.map(\.description).joined(separator: "\n"), session)
            try await session.inWarehouse(.publish, sinceStart: true) {}
        }
    }

    /// The machine's name, as the run log has it.
    public static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension RunEvent {
    init(_ result: DayResult) {
        self.init(
            tenant: result.tenant, report: result.report, schema: result.schema, day: result.day, outcome: result.outcome.rawValue,
            rows: result.rows, seconds: result.seconds)
        inserted = result.inserted
        deleted = result.deleted
        code = result.error?.code
        sqlstate = result.error?.sqlstate
        message = result.error?.message ?? result.notes?.joined(separator: "; ")
        hint = result.error?.hint
    }
}
