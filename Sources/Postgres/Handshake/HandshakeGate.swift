import CEpoll
import CPostgres
import Glibc

/// Stands between a tenant's server and libpq until the session is ready: libpq is given one message at a time, with TLS one record, and none
/// that the rules refuse.
///
/// libpq reads from its own socket whatever is there. For the time of each call another socket has that number (dup2(2)), which holds exactly
/// what was looked at; what libpq says to it is sent on. A record of TLS is looked at with `SSL_peek` (OpenSSL manual), after libpq's TLS has
/// taken it from there, and before libpq has read it.
struct HandshakeGate: ~Copyable {
    private var rules: HandshakeRules
    /// Our end, and the one that libpq is lent.
    private let near: Int32, far: Int32
    private let farInode: UInt64
    /// Bytes of a record of TLS that are there.
    private var record: [UInt8] = []
    /// What libpq has said and the server has not taken.
    private var answer: [UInt8] = []

    enum Step { case poll(PostgresPollingStatusType), wait(SocketReadiness.Interest) }

    init(_ rules: HandshakeRules) throws(PostgresError) {
        self.rules = rules
        var pair: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &pair) == 0, let inode = Self.inode(pair[1]) else {
            throw PostgresError(.connectionFailed, "no socket can be made: \(String(cString: strerror(errno)))")
        }
        (near, far, farInode) = (pair[0], pair[1], inode)
    }

    deinit {
        close(near)
        close(far)
    }

    /// Whether libpq would read messages of the server's in its next call.
    static func isNeeded(_ connection: OpaquePointer) -> Bool {
        [CONNECTION_AWAITING_RESPONSE, CONNECTION_AUTH_OK].contains(PQstatus(connection))
    }

    /// Takes what has come, and calls `PQconnectPoll` when there is something whole that it may read. Throws what the rules throw.
    mutating func advance(_ connection: OpaquePointer) throws(PostgresError) -> Step {
        let socket = PQsocket(connection)
        guard try send(to: socket) else { return .wait(.write) }
        let tls = PQsslInUse(connection) == 1 ? PQsslStruct(connection, "OpenSSL").map { OpaquePointer($0) } : nil
        guard PQsslInUse(connection) == 0 || tls != nil else {
            throw PostgresError(.connectionFailed, "libpq does not use OpenSSL: what a server says under TLS cannot be looked at")
        }
        guard let bytes = try take(from: socket, isTLS: tls != nil) else { return .wait(.read) }
        // The end, or an error: libpq finds it itself.
        guard !bytes.isEmpty else { return .poll(PQconnectPoll(connection)) }
        if tls == nil { try rules.read(bytes) }
        let status = try lend(connection, socket, bytes, tls)
        guard try send(to: PQsocket(connection)) else { return .wait(.write) }
        return status == PGRES_POLLING_READING ? .wait(.read) : .poll(status)
    }

    /// The next piece that the rules have to see; nil while it is not whole, empty at the end.
    private mutating func take(from socket: Int32, isTLS: Bool) throws(PostgresError) -> [UInt8]? {
        guard isTLS else { return read(socket, atMost: rules.missing) }
        // A record: type, version and length (RFC 8446, section 5.1), and at most 16 KiB with what encryption adds.
        while true {
            let size = record.count < 5 ? 5 : 5 + Int(record[3]) << 8 + Int(record[4])
            guard record.count < size else { break }
            guard let part = read(socket, atMost: size - record.count) else { return nil }
            if part.isEmpty { return [] }
            record += part
            if record.count == 5, Int(record[3]) << 8 + Int(record[4]) > (16 << 10) + 2048 {
                throw PostgresError(.connectionFailed, "the server sent a TLS record that is longer than any may be")
            }
        }
        defer { record.removeAll(keepingCapacity: true) }
        return record
    }

    /// Nil when nothing is there, empty at the end and after an error.
    private func read(_ socket: Int32, atMost count: Int) -> [UInt8]? {
        var received = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            received = recv(socket, buffer.baseAddress, count, Int32(MSG_DONTWAIT))
            initialized = max(0, received)
        }
        return received < 0 && [EAGAIN, EINTR].contains(errno) ? nil : bytes
    }

    /// Calls libpq with `bytes` as all that there is, until it has read them.
    private mutating func lend(
        _ connection: OpaquePointer, _ socket: Int32, _ bytes: [UInt8], _ tls: OpaquePointer?
    ) throws(PostgresError) -> PostgresPollingStatusType {
        guard bytes.withUnsafeBytes({ Glibc.send(near, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }) == bytes.count,
            case let real = fcntl(socket, F_DUPFD_CLOEXEC, 0), real >= 0
        else { throw PostgresError(.connectionFailed, "the server's message cannot be passed on") }
        defer { close(real) }
        dup3(far, socket, O_CLOEXEC)
        // libpq that gives up has closed it; another socket may have the number then.
        defer { if Self.inode(socket) == farInode { dup3(real, socket, O_CLOEXEC) } }
        if let tls { try rules.read(Self.peek(tls)) }
        var status = PGRES_POLLING_READING
        repeat {
            status = PQconnectPoll(connection)
            hear()
        } while status == PGRES_POLLING_READING && PQsocket(connection) == socket && hasMore(tls)
        return status
    }

    private func hasMore(_ tls: OpaquePointer?) -> Bool {
        var waiting: Int32 = 0
        return tls.map { SSL_pending($0) > 0 } == true || ioctl(far, UInt(FIONREAD), &waiting) == 0 && waiting > 0
    }

    /// What a record holds, in clear; empty where that is nothing for libpq.
    private static func peek(_ tls: OpaquePointer) -> [UInt8] {
        defer { ERR_clear_error() }
        return [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, initialized in
            initialized = Int(max(0, SSL_peek(tls, buffer.baseAddress, Int32(buffer.count))))
        }
    }

    /// Takes what libpq says.
    private mutating func hear() {
        while let said = read(near, atMost: 8 << 10), !said.isEmpty { answer += said }
    }

    /// True when the server has taken all that libpq said.
    private mutating func send(to socket: Int32) throws(PostgresError) -> Bool {
        while !answer.isEmpty {
            let sent = answer.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent < 0, [EAGAIN, EINTR].contains(errno) { return false }
            guard sent > 0 else { throw PostgresError(.connectionLost, "the server closed the connection while it was being opened") }
            answer.removeFirst(sent)
        }
        return true
    }

    private static func inode(_ descriptor: Int32) -> UInt64? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : nil
    }
}
