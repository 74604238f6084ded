import Glibc

@testable import TestKit

/// One end of a connection in a proxy test: blocks, with deadlines.
final class Peer {
    private let socket: LoopbackSocket

    init(_ socket: consuming LoopbackSocket) { self.socket = socket }

    init(connectedTo port: Int) throws { socket = try .connect(to: port) }

    func sendAll(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let count = socket.write(Array(rest)) else { throw ClusterError(.system, "the connection is gone") }
            rest = rest.dropFirst(count)
            if count == 0 { wait(for: POLLOUT, .seconds(5)) }
        }
    }

    func finishWriting() { socket.finishWriting() }

    /// Up to `count` bytes: fewer when the stream ends, with or without an error; nil when the deadline passes before.
    func receive(_ count: Int, within deadline: Duration = .seconds(5)) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            switch socket.read(atMost: count - bytes.count) {
            case .bytes(let more): bytes += more
            case .end, .failure: return bytes
            case .nothing: if !wait(for: POLLIN, deadline) { return nil }
            }
        }
        return bytes
    }

    @discardableResult
    private func wait(for events: Int32, _ deadline: Duration) -> Bool {
        var entry = pollfd(fd: socket.descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)
        return poll(&entry, 1, Int32(deadline / .milliseconds(1))) > 0
    }
}
