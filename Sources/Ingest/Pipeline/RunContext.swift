import PostgresBinary
import Reports
import Spill
import Warehouse

/// What the tasks of one run share.
struct RunContext: Sendable {
    let engine: Engine
    let run: Int64
    /// The plan's identity.
    let plan: String
    let options: RunOptions
    /// The request that the run carries out a part of.
    let lease: Lease?
    let board: ResultBoard
    let control: ControlSession
    let sources: SourceGuard
    /// Hands days that are read to the loaders. A reader does not wait for them, because it holds a snapshot; the spill quota says how far
    /// it may get ahead.
    let jobs: AsyncStream<LoadJob>.Continuation

    /// The run's folder of spill files.
    var folder: String { Self.folder(of: run) }
    static func folder(of run: Int64) -> String { "run-\(run)" }
    var retries: RetryPolicy { RetryPolicy(attempts: engine.limits.attempts) }

    /// Reads all of a plan; returns when the last day was handed to a loader.
    func read(_ plan: Plan) async {
        let replicas = Limiter(engine.limits.replicas)
        await withDiscardingTaskGroup { group in
            for (replica, parts) in Dictionary(grouping: plan.parts, by: { Replica($0.tenant) }) {
                group.addTask(executorPreference: BlockingExecutor.shared) {
                    // Cancelled while waiting for its turn: nothing was begun.
                    try? await replicas.withPermit { await read(parts, from: replica) }
                }
            }
        }
    }

    private func read(_ parts: [Plan.Part], from replica: Replica) async {
        let streams = ReplicaStreams(replica, parts.map(\.tenant), usual: engine.limits.streamsPerReplica)
        await withDiscardingTaskGroup { group in
            for parts in Dictionary(grouping: parts, by: \.tenant.name).values {
                group.addTask(executorPreference: BlockingExecutor.shared) { await TenantReader(self, parts, streams).run() }
            }
        }
    }

    /// The buckets of days as the ledger knows them. Where they cannot be had, days are read whole.
    func buckets(of days: [PlannedDay], _ part: Plan.Part) async -> [CalendarDate: BucketDigests] {
        let digests = days.reduce(into: [:]) { $0[$1.day] = $1.knownDigest }
        let known = try? await control.perform {
            try await DayBuckets.of(digests, schema: part.tenant.schema, report: part.report, $0)
        }
        return known ?? [:]
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
    let read: ReadDay
    let state: SourceState
    let start: ContinuousClock.Instant
}
