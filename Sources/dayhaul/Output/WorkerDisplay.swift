import Ingest
import Service
import Synchronization
import Warehouse

/// Says what a worker does, a line for each slice of a request and for whatever goes wrong.
final class WorkerDisplay: Sendable {
    /// What the worker has done so far.
    struct Sums: Sendable {
        /// Requests that ended, one way or another.
        var requests = 0
        var days = 0
        var failedDays = 0
        var rows = 0
        fileprivate var isUnreachable = false
    }

    private let level: LogLevel
    private let state = Mutex(Sums())

    init(level: LogLevel) { self.level = level }

    var sums: Sums { state.withLock { $0 } }

    func note(_ event: WorkerEvent) {
        add(event)
        guard let (line, lineLevel) = Self.line(event), lineLevel <= level else { return }
        // A warehouse that is away for an hour is told of once.
        if case .unreachable = event {
            guard state.withLock({ $0.isUnreachable.exchange(true) }) == false else { return }
        }
        StandardError.write(line + "\n")
    }

    private func add(_ event: WorkerEvent) {
        state.withLock { sums in
            switch event {
            case .finished(_, let result, let state):
                sums.isUnreachable = false
                if state != "running" { sums.requests += 1 }
                guard let result else { return }
                sums.days += result.days.count
                sums.failedDays += result.totals.failed
                sums.rows += result.totals.rows
            case .failed(_, _, let state):
                if state != "running" { sums.requests += 1 }
            case .claimed: sums.isUnreachable = false
            case .started, .progress, .leaseLost, .unreachable, .fenced, .polling, .stopping: break
            }
        }
    }

    private static func line(_ event: WorkerEvent) -> (String, LogLevel)? {
        switch event {
        case .started(let worker): ("worker \(worker) waits for requests", .info)
        case .claimed(let request): ("\(name(request)): attempt \(request.attempt)", .debug)
        case .progress(let request, .retrying(_, _, let failure, let attempt)):
            ("\(name(request)): try \(attempt) failed, trying again: \(failure)", .info)
        case .progress(let request, .waiting(let reason)): ("\(name(request)): waiting: \(reason)", .info)
        case .progress: nil
        case .finished(let request, let result, let state):
            (finished(request, result, state), result.map { $0.outcome == .done } ?? true ? .info : .error)
        case .failed(let request, let failure, let state):
            ("\(name(request)): \(state == "running" ? "will be tried again" : state): \(failure)", .error)
        case .leaseLost(let request): ("\(name(request)): another worker has taken it over", .warning)
        case .unreachable(let failure): ("the warehouse cannot be used, trying again: \(failure)", .error)
        case .fenced(let sessions): ("ended \(Quantity.of(sessions, "session")) of a worker that stands still", .warning)
        case .polling(let interval):
            (
                "notifications do not arrive, as behind a transaction pooler: looking for requests every \(Quantity.seconds(interval / .seconds(1)))",
                .warning
            )
        case .stopping(let count): ("stopping: \(Quantity.of(count, "request")) under way", .info)
        }
    }

    private static func name(_ request: QueuedRequest) -> String {
        let days =
            request.days.map { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound) … \($0.upperBound)" }
            ?? "what is due"
        return "request \(request.lease.request) \(request.tenant) \(request.report) \(days)"
    }

    private static func finished(_ request: QueuedRequest, _ result: RunResult?, _ state: String) -> String {
        guard let result else { return "\(name(request)): \(state)" }
        let totals = result.totals
        let failure = result.days.first { $0.outcome == .failed }?.error ?? result.others.first
        return "\(name(request)): \(state), \(Quantity.of(totals.days, "day")), \(Quantity.count(totals.rows)) rows in "
            + Quantity.seconds(totals.seconds) + (totals.failed > 0 ? ", \(totals.failed) failed" : "")
            + (failure.map { ": \($0)" } ?? "")
    }
}

extension Bool {
    /// Sets it and returns what it was.
    fileprivate mutating func exchange(_ value: Bool) -> Bool {
        defer { self = value }
        return self
    }
}
