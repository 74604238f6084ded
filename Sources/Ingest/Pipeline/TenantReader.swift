import AsyncAlgorithms
import Postgres
import Reports
import Spill
import Synchronization
import Warehouse

/// Reads a tenant's slices, a few at a time, and hands their days to the loaders.
final class TenantReader: Sendable {
    private let context: RunContext
    private let parts: [Plan.Part]
    private let streams: Limiter
    /// Set once the tenant as a whole has failed: the slices after that need not find out by themselves.
    private let broken = Mutex<Failure?>(nil)

    init(_ context: RunContext, _ parts: [Plan.Part]) {
        self.context = context
        self.parts = parts
        streams = Limiter(parts.first?.tenant.maximumStreams ?? context.engine.limits.streamsPerReplica)
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
            let jobs = try await streams.withPermit { try await extract(slice, of: part, since: start) }
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
                try await context.engine.spill.quota.withShare { share in
                    try await spill(slice, of: part, over: connection, share, since: start)
                }
            }
        }
    }

    private func spill(
        _ slice: Plan.Slice, of part: Plan.Part, over connection: Connection, _ share: SpillShare, since start: ContinuousClock.Instant
    ) async throws -> [LoadJob] {
        let attempt = "\(part.report.name.filter { $0.isASCII && $0.isLetter }.prefix(20))-\(UInt64.random(in: 0 ... .max))"
        let files = try SliceSpill(part, slice, run: context.folder, attempt: attempt, context.engine.spill, share)
        let (tenant, board) = (part.tenant.name, context.board)
        let reader = SliceReader(report: part.report, bounds: slice.bounds) { rows, bytes in
            board.note(.read(tenant: tenant, rows: rows, bytes: bytes))
        }
        let (rows, state) = try await reader.read(over: connection, into: files)
        let spilled = try await files.finish(rows, slice, position: state.position.replayLSN ?? "")
        return spilled.map { LoadJob(part: part, spilled: $0, state: state, start: start) }
    }
}

extension Plan.Slice {
    /// The slice's days, each as a slice of its own.
    var singleDays: [Plan.Slice] {
        days.indices.compactMap { index in
            DayBounds(days: [days[index].day], instants: Array(bounds.instants[index...index + 1])).map {
                Plan.Slice(days: [days[index]], bounds: $0)
            }
        }
    }
}
