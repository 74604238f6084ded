internal import Glibc
internal import Synchronization

/// A TCP proxy from a free port of 127.0.0.1 to a server's port that does to the bytes what networks do.
///
/// Faults may change at any time and hold at once, for open connections too. One thread does all the forwarding; ``stop()`` ends it,
/// and so does releasing the proxy.
public final class FaultProxy: Sendable {
    /// Which way bytes go.
    public enum Direction: Int, Sendable, CaseIterable {
        /// From the client to the server.
        case toServer
        /// From the server to the client.
        case toClient
    }

    /// The port to connect to.
    public let port: Int

    private let control: ProxyControl
    private let thread: Mutex<pthread_t?>

    /// A proxy without faults to `upstream`, a port of 127.0.0.1.
    ///
    /// - Parameter port: where to listen; 0 for a free port.
    public init(to upstream: Int, on port: Int = 0) throws {
        let listener = try LoopbackSocket.listen(on: port)
        self.port = listener.port
        control = try ProxyControl(upstream: upstream)
        thread = Mutex(try ProxyLoop(listener: listener, control: control).spawn())
    }

    deinit { stop() }

    /// Sets the faults of one direction, all others of it are healed.
    public func set(_ direction: Direction, _ change: (inout Faults) -> Void) {
        var faults = Faults()
        change(&faults)
        control.update { $0.faults[direction.rawValue] = faults }
    }

    /// Changes some faults of one direction.
    public func adjust(_ direction: Direction, _ change: (inout Faults) -> Void) {
        control.update { change(&$0.faults[direction.rawValue]) }
    }

    /// The faults of one direction as they stand; a cut or a flip that has happened is gone from them.
    public func faults(_ direction: Direction) -> Faults {
        control.read { $0.faults[direction.rawValue] }
    }

    /// Takes all faults away, and connections are accepted again.
    public func heal() {
        control.update {
            $0.faults = [Faults(), Faults()]
            $0.isRefusing = false
        }
    }

    /// Stops forwarding both ways and keeps everything open.
    public func pause() { for direction in Direction.allCases { adjust(direction) { $0.isStalled = true } } }

    /// Forwards again what ``pause()`` held back.
    public func resume() { for direction in Direction.allCases { adjust(direction) { $0.isStalled = false } } }

    /// Ends all open connections, which is done on return; new ones are accepted as before.
    public func endConnections(_ ending: Faults.Ending) async throws {
        control.update { $0.ending = ending }
        try await eventually("the proxy to end its connections", within: .seconds(5)) {
            control.read { $0.ending == nil || $0.isStopped }
        }
    }

    /// Resets every new connection at once, as a host without a server does.
    public func refuse() { control.update { $0.isRefusing = true } }

    /// Sends new connections to another port.
    public func retarget(to upstream: Int) { control.update { $0.upstream = upstream } }

    /// Bytes forwarded so far, all connections together.
    public func bytes(_ direction: Direction) -> Int { control.read { $0.bytes[direction.rawValue] } }

    /// Connections accepted so far.
    public var accepted: Int { control.read { $0.accepted } }

    /// Connections open now.
    public var open: Int { control.read { $0.open } }

    /// Closes everything and waits for the thread to end. May be called again.
    public func stop() {
        guard let running = thread.withLock({ $0.take() }) else { return }
        control.update { $0.isStopped = true }
        pthread_join(running, nil)
    }
}

/// Runs `body` with a proxy before a server's port, and stops it afterwards.
@discardableResult
public func withFaultProxy<T>(to upstream: Int, _ body: (FaultProxy) async throws -> T) async throws -> T {
    let proxy = try FaultProxy(to: upstream)
    defer { proxy.stop() }
    return try await body(proxy)
}
