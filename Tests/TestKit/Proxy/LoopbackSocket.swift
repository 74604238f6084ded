internal import Glibc

/// A TCP socket on 127.0.0.1, closed with its owner.
struct LoopbackSocket: ~Copyable {
    let descriptor: Int32

    private init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure("make a socket") }
        // Left to itself, the kernel lets a receiver that stands still hold tens of megabytes. Accepted sockets inherit it.
        var size: Int32 = 256 << 10
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    private init(accepted: Int32) { descriptor = accepted }

    deinit { close(descriptor) }

    /// A socket that listens on `port`, or on a free port for 0.
    static func listen(on port: Int) throws -> LoopbackSocket {
        let listener = try LoopbackSocket()
        var yes: Int32 = 1
        setsockopt(listener.descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard listener.withAddress(port: port, { bind($0, $1, $2) }) == 0, Glibc.listen(listener.descriptor, 128) == 0 else {
            throw failure("listen on port \(port)")
        }
        listener.configure()
        return listener
    }

    /// A socket connected to `port`.
    static func connect(to port: Int) throws -> LoopbackSocket {
        let client = try LoopbackSocket()
        guard client.withAddress(port: port, { Glibc.connect($0, $1, $2) }) == 0 else { throw failure("connect to port \(port)") }
        client.configure()
        return client
    }

    /// The next connection that waits on this listener, if one does.
    func accept() -> LoopbackSocket? {
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { return nil }
        let client = LoopbackSocket(accepted: accepted)
        client.configure()
        return client
    }

    /// The port it is bound to.
    var port: Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
            return Int(in_port_t(bigEndian: pointer.pointee.sin_port))
        }
    }

    /// What a read found.
    enum Reading {
        case bytes([UInt8])
        case end
        case nothing
        case failure
    }

    func read(atMost limit: Int) -> Reading {
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            result = recv(descriptor, buffer.baseAddress, limit, 0)
            count = max(0, result)
        }
        if result > 0 { return .bytes(bytes) }
        if result == 0 { return .end }
        return errno == EAGAIN || errno == EINTR ? .nothing : .failure
    }

    /// How many of the bytes were taken; nil when the connection is gone.
    func write(_ bytes: [UInt8]) -> Int? {
        let count = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// Tells the other side that no more bytes come.
    func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Says how the other side learns of the end when this socket is released.
    func prepareEnd(_ ending: Faults.Ending) {
        switch ending {
        case .close:
            shutdown(descriptor, Int32(SHUT_RDWR))
        case .reset:
            // Closing with a linger time of 0 sends a reset (socket(7), SO_LINGER).
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        }
    }

    private func configure() {
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    private func withAddress(port: Int, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    private static func failure(_ what: String) -> ClusterError {
        ClusterError(.system, "cannot \(what): \(String(cString: strerror(errno)))")
    }
}
