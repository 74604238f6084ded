import AsyncAlgorithms
import PostgresBinary
import Reports
import Spill
import Warehouse

/// What the tasks of one run share.
struct RunContext: Sendable {
    let engine: Engine
    let run: Int64
    let board: ResultBoard
    /// See `DayLoad.distrustsLedger`.
    let distrustsLedger: Bool
    /// Days that are spilled and wait for a loader; a reader waits until one has taken its day.
    let jobs = AsyncChannel<LoadJob>()

    /// The run's folder of spill files.
    var folder: String { "run-\(run)" }
    var retries: RetryPolicy { RetryPolicy(attempts: engine.limits.attempts) }

    /// Reads all of a plan; returns when the last day was handed to a loader.
    func read(_ plan: Plan) async {
        let replicas = Limiter(engine.limits.replicas)
        let tenants = Dictionary(grouping: plan.parts, by: \.tenant.name).sorted { $0.key < $1.key }.map(\.value)
        await withDiscardingTaskGroup { group in
            for parts in tenants {
                group.addTask(executorPreference: BlockingExecutor.shared) {
                    // Cancelled while waiting for its turn: nothing was begun.
                    try? await replicas.withPermit { await TenantReader(self, parts).run() }
                }
            }
        }
    }

    /// Notes that days failed, all for the same reason.
    func fail(_ days: [PlannedDay], of part: Plan.Part, _ failure: Failure, since start: ContinuousClock.Instant) {
        for day in days {
            board.note(.day(result(part, day, .failed, rows: nil, since: start, failure)))
        }
    }

    func result(
        _ part: Plan.Part, _ day: PlannedDay, _ outcome: DayResult.Outcome, rows: Int?, since start: ContinuousClock.Instant,
        _ failure: Failure? = nil
    ) -> DayResult {
        DayResult(
            tenant: part.tenant.name, report: part.report.name, schema: part.tenant.schema, day: day.day.description, outcome: outcome,
            rows: rows, seconds: (ContinuousClock.now - start) / .seconds(1), error: failure)
    }
}

/// A day on its way from a reader to a loader.
struct LoadJob: Sendable {
    let part: Plan.Part
    let spilled: SpilledDay
    let state: SourceState
    let start: ContinuousClock.Instant
}
