internal import Glibc

/// One client, the server connection made for it, and a lane for each direction.
final class ProxyConnection {
    private let client: LoopbackSocket
    private let server: LoopbackSocket
    private var lanes = [Lane(), Lane()]

    init(client: consuming LoopbackSocket, upstream: Int) throws {
        server = try .connect(to: upstream)
        self.client = client
    }

    /// What the two sockets are to be polled for, the client's first. A negative descriptor is one that poll(2) passes over; without
    /// it a socket that nobody wants to read would report its end for ever.
    func interests(at now: ContinuousClock.Instant, under faults: [Faults]) -> [pollfd] {
        FaultProxy.Direction.allCases.map { direction in
            var events: Int32 = 0
            if lanes[direction.rawValue].room(under: faults[direction.rawValue]) > 0 { events |= POLLIN }
            let back = 1 - direction.rawValue
            if case .send = lanes[back].action(at: now, under: faults[back]) { events |= POLLOUT }
            let socket = direction == .toServer ? client.descriptor : server.descriptor
            return pollfd(fd: events == 0 ? -1 : socket, events: Int16(truncatingIfNeeded: events), revents: 0)
        }
    }

    /// When a lane wants to be asked again; nil: only when something happens.
    func nextInstant(at now: ContinuousClock.Instant, under faults: [Faults]) -> ContinuousClock.Instant? {
        zip(lanes, faults).compactMap { lane, faults in
            switch lane.action(at: now, under: faults) {
            case .wait(let instant): instant
            case .end, .finish: now
            case .send: nil
            }
        }.min()
    }

    /// Reads, writes and ends what is due.
    ///
    /// - Parameter polled: the answers to ``interests(at:under:)``.
    /// - Returns: false when the connection is over.
    func step(_ polled: ArraySlice<pollfd>, control: ProxyControl, under faults: [Faults]) -> Bool {
        for (direction, entry) in zip(FaultProxy.Direction.allCases, polled) {
            if entry.revents != 0, !read(direction, under: faults[direction.rawValue]) { return false }
            if !write(direction, control: control, under: faults[direction.rawValue]) { return false }
        }
        return lanes.contains { !$0.isFinished }
    }

    /// Ends both sides when the connection is released.
    func prepareEnd(_ ending: Faults.Ending) {
        client.prepareEnd(ending)
        server.prepareEnd(ending)
    }

    private func read(_ direction: FaultProxy.Direction, under faults: Faults) -> Bool {
        let index = direction.rawValue
        let room = lanes[index].room(under: faults)
        guard room > 0 else { return true }
        let reading = direction == .toServer ? client.read(atMost: room) : server.read(atMost: room)
        switch reading {
        case .bytes(let bytes): lanes[index].received(bytes, at: .now, under: faults)
        case .end: lanes[index].ended()
        case .nothing: break
        case .failure:
            prepareEnd(.reset)
            return false
        }
        return true
    }

    private func write(_ direction: FaultProxy.Direction, control: ProxyControl, under faults: Faults) -> Bool {
        let index = direction.rawValue
        let now = ContinuousClock.now
        switch lanes[index].action(at: now, under: faults) {
        case .wait:
            break
        case .send(let bytes):
            guard let count = direction == .toServer ? server.write(bytes) : client.write(bytes) else {
                prepareEnd(.reset)
                return false
            }
            let start = lanes[index].forwarded
            lanes[index].sent(count, at: now, under: faults)
            control.note { state in
                state.bytes[index] += count
                if let flip = faults.flip, (start..<start + count).contains(flip.offset), state.faults[index].flip == flip {
                    state.faults[index].flip = nil
                }
            }
        case .end(let ending):
            control.note { if $0.faults[index].cut == faults.cut { $0.faults[index].cut = nil } }
            prepareEnd(ending)
            return false
        case .finish:
            if direction == .toServer { server.finishWriting() } else { client.finishWriting() }
            lanes[index].finished()
        }
        return true
    }
}
