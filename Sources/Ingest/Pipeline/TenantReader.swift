import AsyncAlgorithms
import CrashPoints
import Postgres
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
        do {
            let jobs = try await streams.withStream(context.control) {
                context.board.note(.waiting($0))
            } _: {
                try await extract(slice, of: part, since: start)
            }
            for job in jobs { await context.jobs.send(job) }
        } catch let failure as Failure where failure.concernsRows && slice.days.count > 1 {
            // Some rows of some day are at fault. Alone, the other days can do without it.
            for day in slice.singleDays { await read(day, of: part) }
        } catch is CancellationError {
            return
        } catch {
            let failure = Failure(error, on: .source)
            if failure.concernsTenant { broken.withLock { $0 = failure } }
            context.fail(slice.days, of: part, failure, since: start)
        }
    }

    private func extract(_ slice: Plan.Slice, of part: Plan.Part, since start: ContinuousClock.Instant) async throws -> [LoadJob] {
        try await context.retries.run(on: .source) { failure, attempt in
            context.board.note(.retrying(tenant: part.tenant.name, report: part.report.name, failure: failure, attempt: attempt))
        } _: {
            if let failure = broken.withLock({ $0 }) { throw failure }
            let parameters = try await part.tenant.connectionParameters(context.engine.keys, timeZone: part.report.timeZone)
            return try await Connection.with(parameters) { connection in
                CrashPoint.sourceConnected.reach()
                return try await context.engine.spill.quota.withShare { share in
                    try await spill(slice, of: part, over: connection, share, since: start)
                }
            }
        }
    }

    private func spill(
        _ slice: Plan.Slice, of part: Plan.Part, over connection: Connection, _ share: SpillShare, since start: ContinuousClock.Instant
    ) async throws -> [LoadJob] {
        var state = try await SourceState.read(connection)
        try await context.sources.admit(&state, of: part.tenant)
        let files = try SliceSpill(part, slice, plan: context.plan, run: context.folder, context.engine.spill, share)
        let (tenant, board) = (part.tenant.name, context.board)
        let reader = SliceReader(report: part.report, bounds: slice.bounds) { rows, bytes in
            board.note(.read(tenant: tenant, rows: rows, bytes: bytes))
        }
        let rows = try await reader.read(over: connection, at: state, into: files)
        CrashPoint.sourceRead.reach()
        let spilled = try await files.finish(rows, slice, state: state)
        return spilled.map { [state] in LoadJob(part: part, spilled: $0, state: state, start: start) }
    }
}
