internal import Glibc
internal import Synchronization

/// What a proxy's owner and its thread share, and the bell that wakes the thread when something in it changed.
final class ProxyControl: Sendable {
    struct State: Sendable {
        var upstream: Int
        var faults = [Faults(), Faults()]
        var isRefusing = false
        var isStopped = false
        /// How to end the connections that are open; the thread takes it out when that is done.
        var ending: Faults.Ending?
        var bytes = [0, 0]
        var accepted = 0
        var open = 0
    }

    /// Readable while a change is unseen.
    let bell: Int32
    private let bellRope: Int32
    private let state: Mutex<State>

    init(upstream: Int) throws {
        var ends: [Int32] = [-1, -1]
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        guard socketpair(AF_UNIX, Int32(kind), 0, &ends) == 0 else { throw ClusterError(.system, "cannot make a pair of sockets") }
        bell = ends[0]
        bellRope = ends[1]
        state = Mutex(State(upstream: upstream))
    }

    deinit {
        close(bell)
        close(bellRope)
    }

    func read<T>(_ body: (State) -> T) -> T { state.withLock { body($0) } }

    /// Changes the state and wakes the thread.
    func update(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        // When the buffer is full, the bell is ringing already.
        send(bellRope, "!", 1, Int32(MSG_NOSIGNAL))
    }

    /// Changes the state from the thread itself.
    func note(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    func answerBell() {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { _ = recv(bell, $0.baseAddress, $0.count, 0) }
    }
}
