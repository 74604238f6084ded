internal import Glibc

/// The thread of a ``FaultProxy``: one poll(2) over the bell, the listener and both sockets of every connection.
final class ProxyLoop {
    private let listener: LoopbackSocket
    private let control: ProxyControl
    private var connections: [ProxyConnection] = []

    init(listener: consuming LoopbackSocket, control: ProxyControl) {
        self.listener = listener
        self.control = control
    }

    /// Starts the thread, which owns the loop from then on.
    consuming func spawn() throws -> pthread_t {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let failure = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<ProxyLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard failure == 0 else {
            box.release()
            throw ClusterError(.system, "cannot start the proxy's thread")
        }
        return thread
    }

    private func run() {
        while true {
            let state = control.read { $0 }
            if let ending = state.ending { end(ending) }
            if state.isStopped { break }
            // One moment for both: bytes that fall due between two would be neither watched for nor waited for.
            let moment = ContinuousClock.now
            var polled = interests(at: moment, under: state.faults)
            let count = connections.count
            poll(&polled, nfds_t(polled.count), timeout(at: moment, under: state.faults))
            if polled[0].revents != 0 { control.answerBell() }
            let now = control.read { $0 }
            var live: [ProxyConnection] = []
            for (index, connection) in connections.prefix(count).enumerated() {
                let first = 2 + 2 * index
                let faults = control.read { $0.faults }
                if connection.step(polled[first..<first + 2], control: control, under: faults) { live.append(connection) }
            }
            connections = live
            if polled[1].revents != 0 { acceptAll(now) }
            control.note { $0.open = connections.count }
        }
        end(.close)
    }

    private func interests(at now: ContinuousClock.Instant, under faults: [Faults]) -> [pollfd] {
        let own = [control.bell, listener.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        return own + connections.flatMap { $0.interests(at: now, under: faults) }
    }

    /// Milliseconds until the next byte is due, rounded up; -1 when none waits.
    private func timeout(at now: ContinuousClock.Instant, under faults: [Faults]) -> Int32 {
        guard let next = connections.compactMap({ $0.nextInstant(at: now, under: faults) }).min() else { return -1 }
        let wait = max(.zero, next - now)
        let milliseconds = wait.components.seconds * 1000 + (wait.components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: milliseconds)
    }

    private func acceptAll(_ state: ProxyControl.State) {
        while let client = listener.accept() {
            control.note { $0.accepted += 1 }
            if state.isRefusing {
                client.prepareEnd(.reset)
            } else if let connection = try? ProxyConnection(client: client, upstream: state.upstream) {
                connections.append(connection)
            }
        }
    }

    private func end(_ ending: Faults.Ending) {
        for connection in connections { connection.prepareEnd(ending) }
        connections = []
        control.note {
            $0.ending = nil
            $0.open = 0
        }
    }
}
