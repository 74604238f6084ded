import CrashPoints
import Ingest
import Postgres
import PostgresBinary
import Warehouse

/// What a worker does with a request that it has claimed: plans it if nobody has, carries out its next slice, and gives it back or ends it.
struct SliceWork {
    private let worker: Worker
    private let request: QueuedRequest

    init(_ worker: Worker, _ request: QueuedRequest) {
        self.worker = worker
        self.request = request
    }

    private enum Ending: Sendable {
        /// A slice was carried out; nil when nothing was left but the public view.
        case carriedOut(RunResult?)
        case failed(Failure)
        case stopped(LeaseBook.StopReason)
    }

    /// Works until the slice is done, or `stop` says why not. The lease is in the worker's book until then.
    func run(until stop: AsyncStream<LeaseBook.StopReason>) async {
        worker.observer(.claimed(request))
        CrashPoint.requestClaimed.reach()
        let ending = await ending(until: stop)
        await finish(ending)
        worker.book.remove(request.lease)
        worker.bell.ring()
    }

    private func ending(until stop: AsyncStream<LeaseBook.StopReason>) async -> Ending {
        await withTaskGroup(of: Ending?.self) { group in
            group.addTask {
                do {
                    return .carriedOut(try await carryOut())
                } catch {
                    return .failed(Failure(error, on: .warehouse))
                }
            }
            group.addTask {
                for await reason in stop { return .stopped(reason) }
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? .stopped(.shutdown)
        }
    }

    private func carryOut() async throws -> RunResult? {
        let plan = try await worker.warehouse.withSession { session -> Plan? in
            let planner = try await RequestPlanner(request, sliceDays: worker.engine.limits.sliceDays, session)
            let remaining: Set<CalendarDate>
            if let known = request.remaining {
                remaining = known
            } else {
                let days = try await planner.days(session)
                try await RequestQueue.plan(days, for: request.lease, session)
                remaining = Set(days)
            }
            let slice = try await planner.slice(of: remaining, session)
            if slice == nil { try await planner.refreshView(session) }
            return slice
        }
        CrashPoint.requestPlanned.reach()
        guard let plan else { return nil }
        return try await worker.engine.run(plan, as: request.kind == .due ? .run : .ingest, for: request.lease) {
            worker.observer(.progress(request, $0))
        }
    }

    private func finish(_ ending: Ending) async {
        let end: SliceEnd
        switch ending {
        case .stopped(.leaseLost): return worker.observer(.leaseLost(request))
        case .stopped(.cancelled): end = SliceEnd(.cancelled)
        case .stopped(.shutdown): end = SliceEnd(.interrupted)
        case .failed(let failure): end = SliceEnd(failure, of: request)
        case .carriedOut(let result): end = SliceEnd(result, of: request)
        }
        CrashPoint.requestFinished.reach()
        guard let state = await noted(end) else { return worker.observer(.leaseLost(request)) }
        switch ending {
        case .failed(let failure): worker.observer(.failed(request, failure, state: state))
        case .carriedOut(let result): worker.observer(.finished(request, result, state: state))
        case .stopped: worker.observer(.finished(request, nil, state: state))
        }
    }

    /// The state that the request has then; nil when the lease was lost, or the warehouse cannot be reached for as long as it lasts.
    private func noted(_ end: SliceEnd) async -> String? {
        let deadline = ContinuousClock.now + worker.settings.lease
        while true {
            do {
                return try await worker.warehouse.withSession { try await RequestQueue.finish(request.lease, end, $0) }
            } catch {
                worker.observer(.unreachable(Failure(error, on: .warehouse)))
                guard ContinuousClock.now < deadline, (try? await Task.sleep(for: .seconds(1))) != nil else { return nil }
            }
        }
    }
}
