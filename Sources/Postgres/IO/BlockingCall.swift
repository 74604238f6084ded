import Dispatch
import Synchronization

/// Runs one blocking C call on a thread of Dispatch's, never on the cooperative pool, and gives up on it at a deadline.
enum BlockingCall {
    /// The call's result, or nil when it had not returned within `limit`; it then goes on unobserved and its result is dropped.
    ///
    /// Task cancellation does not shorten the wait: a cancel request must reach the server from a task that is already cancelled.
    static func run<T: Sendable>(within limit: Duration, _ call: @escaping @Sendable () -> T) async -> T? {
        await withCheckedContinuation { continuation in
            let pending = Mutex<CheckedContinuation<T?, Never>?>(continuation)
            let race = Race(pending)
            let parts = limit.components
            let seconds = Double(parts.seconds) + Double(parts.attoseconds) / 1e18
            DispatchQueue.global().async { race.finish(with: call()) }
            DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { race.finish(with: nil) }
        }
    }

    /// The first result resumes the caller, any later one is dropped.
    private final class Race<T: Sendable>: Sendable {
        private let pending: Mutex<CheckedContinuation<T?, Never>?>

        init(_ pending: consuming sending Mutex<CheckedContinuation<T?, Never>?>) { self.pending = pending }

        func finish(with value: T?) {
            let continuation = pending.withLock { pending in
                defer { pending = nil }
                return pending
            }
            continuation?.resume(returning: value)
        }
    }
}
