import CrashPoints
import Postgres
import PostgresBinary
import Reports
import Spill
import Synchronization
import Warehouse

/// Reads a tenant's slices, a few at a time, and hands their days to the loaders.
final class TenantReader: Sendable {
    private let context: RunContext
    private let parts: [Plan.Part]
    private let streams: ReplicaStreams
    /// Set once the tenant as a whole has failed: the slices after that need not find out by themselves.
    private let broken = Mutex<Failure?>(nil)

    init(_ context: RunContext, _ parts: [Plan.Part], _ streams: ReplicaStreams) {
        self.context = context
        self.parts = parts
        self.streams = streams
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            for part in parts {
                for slice in part.slices {
                    group.addTask(executorPreference: BlockingExecutor.shared) { await self.read(slice, of: part) }
                }
            }
        }
    }

    private func read(_ slice: Plan.Slice, of part: Plan.Part) async {
        let start = ContinuousClock.now
        let left = DaysLeft(slice.days)
        do {
            try await streams.withStream(context.control) {
                context.board.note(.waiting($0))
            } _: {
                do {
                    try await extract(slice, of: part, left, since: start)
                } catch let failure as Failure where failure.concernsTenant {
                    // Before the stream is another slice's.
                    broken.withLock { $0 = failure }
                    throw failure
                }
            }
        } catch is CancellationError {
            return
        } catch {
            let failure = Failure(error, on: .source)
            let rest = left.after(failure, of: slice)
            context.fail(rest.failed, of: part, failure, since: start)
            for slice in rest.again { await read(slice, of: part) }
        }
    }

    private func extract(_ slice: Plan.Slice, of part: Plan.Part, _ left: DaysLeft, since start: ContinuousClock.Instant) async throws {
        try await context.retries.run(on: .source) { failure, attempt in
            context.board.note(.retrying(tenant: part.tenant.name, report: part.report.name, failure: failure, attempt: attempt))
        } _: {
            if let failure = broken.withLock({ $0 }) { throw failure }
            let parameters = context.engine.limits.bounding(
                try await part.tenant.connectionParameters(context.engine.keys, timeZone: part.report.timeZone))
            // What an attempt before this one has handed over is done.
            let days = Set(left.days.map(\.day))
            for piece in slice.pieces(days.contains) {
                try await SourceLocks.connecting(parameters) { connection in
                    CrashPoint.sourceConnected.reach()
                    try await context.engine.spill.quota.withShare { share in
                        try await spill(piece, of: part, left, over: connection, share, since: start)
                    }
                }
            }
        }
    }

    private func spill(
        _ slice: Plan.Slice, of part: Plan.Part, _ left: DaysLeft, over connection: Connection, _ share: SpillShare,
        since start: ContinuousClock.Instant
    ) async throws {
        var state = try await SourceState.read(connection)
        try await context.sources.admit(&state, of: part.tenant) { try await SourceState.read(connection) }
        let (context, snapshot) = (context, state)
        let files = SliceSpill(
            part, slice, at: state, plan: context.plan, run: context.folder, trustsLedger: !context.options.distrustsLedger,
            context.engine.spill, share, known: { await context.buckets(of: $0, part) }, began: left.begin
        ) { day in
            left.done(day.day)
            context.jobs.yield(LoadJob(part: part, read: day, state: snapshot, start: start))
        }
        let tenant = part.tenant.name
        let reader = SliceReader(report: part.report, bounds: slice.bounds, limits: context.engine.limits) { rows, bytes in
            context.board.note(.read(tenant: tenant, rows: rows, bytes: bytes))
        }.between(context.engine.ends, of: tenant)
        left.begin([])
        try await reader.read(over: connection, at: state, into: files)
        CrashPoint.sliceSpilled.reach()
    }
}
