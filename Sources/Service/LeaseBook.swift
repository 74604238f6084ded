import Synchronization
import Warehouse

/// The leases that a worker holds, and how the work under each is told to stop.
final class LeaseBook: Sendable {
    /// Why work under way is to stop.
    enum StopReason: Sendable {
        /// Somebody asked for the request's end.
        case cancelled
        /// It is another worker's by now, or may be.
        case leaseLost
        /// The worker was told to stop, and its grace is over.
        case shutdown
    }

    private struct State {
        var stops: [Lease: AsyncStream<StopReason>.Continuation] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    var leases: [Lease] { state.withLock { Array($0.stops.keys) } }

    /// Whether the worker takes no more leases.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func close() { state.withLock { $0.isClosed = true } }

    /// Enters a lease; the stream tells when the work under it is to stop.
    func enter(_ lease: Lease) -> AsyncStream<StopReason> {
        let (stream, continuation) = AsyncStream.makeStream(of: StopReason.self, bufferingPolicy: .bufferingOldest(1))
        state.withLock { $0.stops[lease] = continuation }
        return stream
    }

    func remove(_ lease: Lease) { state.withLock { $0.stops.removeValue(forKey: lease) }?.finish() }

    func stop(_ lease: Lease, _ reason: StopReason) { _ = state.withLock { $0.stops[lease] }?.yield(reason) }

    func stopAll(_ reason: StopReason) {
        for lease in leases { stop(lease, reason) }
    }
}
