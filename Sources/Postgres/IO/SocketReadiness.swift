import CEpoll
import Dispatch
import Glibc
import Synchronization

/// Waits for sockets without a thread a socket: one epoll(7) loop for the whole process.
///
/// libpq only tells which readiness it needs next; this says when it is there. Each wait registers its descriptor for one event
/// (`EPOLLONESHOT`) and removes it again, because libpq may change its socket between two calls while it connects.
final class SocketReadiness: Sendable {
    struct Interest: OptionSet, Sendable {
        let rawValue: UInt32
        static let read = Interest(rawValue: EPOLLIN.rawValue)
        static let write = Interest(rawValue: EPOLLOUT.rawValue)
    }

    enum Outcome: Sendable { case ready, deadlinePassed, cancelled }

    private struct Waiter {
        let descriptor: Int32
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Outcome, any Error>
    }

    private struct State {
        var lastID: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
        /// What the loop sleeps until; a wait with an earlier deadline has to wake it.
        var sleepsUntil: ContinuousClock.Instant?
    }

    static let shared = SocketReadiness()

    private let state = Mutex(State())
    private let epoll: Int32
    private let wakeup: Int32
    /// The id under which `wakeup` is registered; waits count from 1.
    private static let wakeupID: UInt64 = 0

    private init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        _ = control(EPOLL_CTL_ADD, wakeup, EPOLLIN.rawValue, id: Self.wakeupID)
        DispatchQueue(label: "dayhaul.sockets", qos: .userInitiated).async { self.run() }
    }

    /// Suspends until the descriptor is ready for any of `interest`, the deadline passes or the task is cancelled.
    ///
    /// One wait a descriptor at a time. Throws when the descriptor cannot be watched.
    func wait(_ descriptor: Int32, for interest: Interest, until deadline: ContinuousClock.Instant) async throws -> Outcome {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                register(id, Waiter(descriptor: descriptor, deadline: deadline, continuation: continuation), interest)
            }
        } onCancel: {
            resume(id, with: .cancelled)
        }
    }

    private func register(_ id: UInt64, _ waiter: Waiter, _ interest: Interest) {
        // Under the lock, so that whoever takes the wait away finds its descriptor watched and unwatches it: it may be another
        // connection's as soon as the waiter has resumed.
        let (failure, mustWake) = state.withLock { state -> (Int32?, Bool) in
            let events = interest.rawValue | EPOLLONESHOT.rawValue
            guard control(EPOLL_CTL_ADD, waiter.descriptor, events, id: id) == 0 else { return (errno, false) }
            state.waiters[id] = waiter
            return (nil, state.sleepsUntil.map { waiter.deadline < $0 } ?? true)
        }
        if let failure {
            let reason = String(cString: strerror(failure))
            waiter.continuation.resume(throwing: PostgresError(.connectionLost, "the socket cannot be watched: \(reason)"))
            return
        }
        // A cancellation that came before the wait was there to be found.
        if Task.isCancelled { resume(id, with: .cancelled) }
        if mustWake { eventfd_write(wakeup, 1) }
    }

    private func resume(_ id: UInt64, with outcome: Outcome) {
        let waiter = state.withLock { state in
            let waiter = state.waiters.removeValue(forKey: id)
            if let waiter { _ = control(EPOLL_CTL_DEL, waiter.descriptor, 0, id: id) }
            return waiter
        }
        waiter?.continuation.resume(returning: outcome)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ events: UInt32, id: UInt64) -> Int32 {
        var event = epoll_event(events: events, data: epoll_data_t(u64: id))
        return epoll_ctl(epoll, operation, descriptor, &event)
    }

    private func run() {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 64) { events in
            while true {
                let ready = epoll_wait(epoll, events.baseAddress, Int32(events.count), sleepMilliseconds())
                for event in events.prefix(Int(max(ready, 0))) {
                    if event.data.u64 == Self.wakeupID {
                        var ignored: eventfd_t = 0
                        eventfd_read(wakeup, &ignored)
                    } else {
                        resume(event.data.u64, with: .ready)
                    }
                }
                expire()
            }
        }
    }

    private func sleepMilliseconds() -> Int32 {
        let next = state.withLock { state in
            state.sleepsUntil = state.waiters.values.map(\.deadline).min()
            return state.sleepsUntil
        }
        guard let next else { return -1 }
        let left = (next - .now).components
        let milliseconds = left.seconds.multipliedReportingOverflow(by: 1000)
        if milliseconds.overflow || milliseconds.partialValue > 60_000 { return 60_000 }
        return Int32(clamping: max(0, milliseconds.partialValue + left.attoseconds / 1_000_000_000_000_000 + 1))
    }

    private func expire() {
        let now = ContinuousClock.now
        let expired = state.withLock { state in state.waiters.filter { $0.value.deadline <= now }.map(\.key) }
        for id in expired { resume(id, with: .deadlinePassed) }
    }
}
