import AsyncAlgorithms
import Glibc
public import Spill
public import Warehouse

/// Carries out plans.
///
///     run ─┬─ one task a tenant (at most `replicas` at once) ── one a slice (at most `streamsPerReplica` a tenant): read and spill
///          └─ `loaders` tasks, one warehouse session each: publish day after day as they are spilled
///
/// Readers and loaders meet in a channel, and in the spill quota: a reader waits when spill is full until a loader has removed a file.
public struct Engine: Sendable {
    let warehouse: Warehouse
    let keys: KeyRing
    let spill: SpillDirectory
    let limits: Limits
    let version: String

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
    /// Cancelling the task ends the reads and loads under way, on the servers too, and returns what was done until then.
    /// `distrustsLedger` compares days with their tables' rows even where their digests say that nothing changed.
    public func run(
        _ plan: Plan, as kind: RunLog.Kind, distrustsLedger: Bool = false, observer: @escaping @Sendable (Progress) -> Void
    ) async throws -> RunResult {
        let clock = ContinuousClock.now
        _ = try spill.sweep()
        // Open for the whole run, idle and outside any transaction: its lock says that the run is alive.
        return try await warehouse.withSession { control in
            let run = try await RunLog.start(kind, engine: version, host: Self.hostName, process: getpid(), planned: plan.dayCount, control)
            let context = RunContext(engine: self, run: run, board: ResultBoard(observer), distrustsLedger: distrustsLedger)
            defer { try? spill.removeRun(context.folder) }
            await carryOut(plan, context)
            let others = plan.unusable.map { Failure($0, on: .warehouse) } + (await refreshViews(context))
            let result = context.board.result(
                run: run, planned: plan.dayCount, others: others, interrupted: Task.isCancelled, elapsed: .now - clock)
            await note(result, context)
            return result
        }
    }

    private func carryOut(_ plan: Plan, _ context: RunContext) async {
        await withTaskGroup { group in
            for _ in 0..<max(limits.loaders, 1) {
                group.addTask(executorPreference: BlockingExecutor.shared) { await Loader(context).run() }
            }
            group.addTask {
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

    /// The run's end is noted even when the task was cancelled, hence a task of its own; one that fails changes nothing about the days.
    private func note(_ result: RunResult, _ context: RunContext) async {
        await Task {
            try? await warehouse.withSession { session in
                for failure in context.board.failures { try await RunLog.note(RunEvent(failure), run: result.run, session) }
                try await RunLog.finish(
                    result.run, outcome: result.outcome.rawValue, rows: result.totals.rows, bytes: result.totals.bytes,
                    message: result.others.first?.description, session)
            }
        }.value
    }

    private static var hostName: String {
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
        code = result.error?.code
        sqlstate = result.error?.sqlstate
        message = result.error?.message
        hint = result.error?.hint
    }
}
