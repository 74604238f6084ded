import Dispatch
import Glibc
import Synchronization

/// Ends connections that are sent more than they may take while libpq reads.
///
/// Once a message is long, one call of `PQconsumeInput` reads as long as there is something, up to the length that the message says of itself,
/// and a fast server always has something. Nothing but the other end of the socket can end that.
final class ReadWatch: Sendable {
    static let shared = ReadWatch()

    /// How often it is looked; what comes in that time comes in addition.
    private static let interval = DispatchTimeInterval.milliseconds(5)

    private struct State {
        var sockets: [Int32: WatchedSocket] = [:]
        var isLooking = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "dayhaul.reads", qos: .userInteractive)

    func add(_ socket: WatchedSocket) {
        let wasLooking = state.withLock { state in
            state.sockets[socket.descriptor] = socket
            defer { state.isLooking = true }
            return state.isLooking
        }
        if !wasLooking { look() }
    }

    func remove(_ socket: WatchedSocket) { state.withLock { _ = $0.sockets.removeValue(forKey: socket.descriptor) } }

    /// Again and again, until there is none left.
    private func look() {
        queue.asyncAfter(deadline: .now() + Self.interval) { [self] in
            let watched = state.withLock { state in
                state.isLooking = !state.sockets.isEmpty
                return Array(state.sockets.values)
            }
            for socket in watched { socket.endIfOverLimit() }
            if !watched.isEmpty { look() }
        }
    }
}

/// A TCP socket by a descriptor of its own, so that no other connection can have the number meanwhile.
final class WatchedSocket: Sendable {
    let descriptor: Int32
    /// Bytes taken in all from which on it is ended; zero while nothing reads.
    private let limit = Atomic<UInt64>(0)

    /// Nil where there is no descriptor left.
    init?(_ socket: Int32) {
        descriptor = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// Runs `read`, which may take from the socket until `limit` bytes were taken in all.
    func reading<Result>(upTo limit: UInt64, _ read: () throws -> Result) rethrows -> Result {
        self.limit.store(max(1, limit), ordering: .relaxed)
        defer { self.limit.store(0, ordering: .relaxed) }
        return try read()
    }

    func endIfOverLimit() {
        let limit = limit.load(ordering: .relaxed)
        if limit > 0, taken > limit { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    /// Bytes that libpq has taken from it; what the kernel holds, which can be tens of megabytes, is not in memory of the process.
    var taken: UInt64 {
        let received = received
        var waiting: Int32 = 0
        guard ioctl(descriptor, UInt(FIONREAD), &waiting) == 0, waiting > 0 else { return received }
        return received - min(received, UInt64(waiting))
    }

    /// Bytes that the kernel has received (`tcpi_bytes_received` of tcp(7)'s `TCP_INFO`, which Glibc's header does not know); zero for sockets
    /// that are not TCP's.
    private var received: UInt64 {
        let place = 128
        return withUnsafeTemporaryAllocation(byteCount: place + 8, alignment: 8) { info in
            var length = socklen_t(info.count)
            guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, info.baseAddress, &length) == 0, Int(length) == info.count
            else { return 0 }
            return info.load(fromByteOffset: place, as: UInt64.self)
        }
    }
}
