internal import Glibc
internal import Synchronization

/// A proxy that takes a server's answers apart into messages of the protocol, and lets a test say others in their place.
///
/// A thread a connection, which blocks; ``stop()`` ends them. Without TLS: what it forwards has to be in clear.
public final class MessageProxy: Sendable {
    /// A message of the server's: its kind, and what follows the length.
    public struct Message: Sendable {
        /// Its first byte.
        public let kind: UInt8
        /// What follows the length.
        public let body: [UInt8]

        /// A message of a kind that is an ASCII character.
        public init(_ kind: Character, _ body: [UInt8] = []) {
            self.kind = kind.asciiValue ?? 0
            self.body = body
        }

        init(kind: UInt8, body: [UInt8]) { (self.kind, self.body) = (kind, body) }

        /// As it goes over the wire.
        public var bytes: [UInt8] { [kind] + UInt32(body.count + 4).bigEndianBytes + body }

        /// An ErrorResponse, or with `N` a NoticeResponse.
        public static func error(_ state: String, _ text: String, severity: String = "ERROR", kind: Character = "E") -> Message {
            Message(kind, Array("S\(severity)\0V\(severity)\0C\(state)\0M\(text)\0\0".utf8))
        }
    }

    /// What becomes of a message.
    public enum Answer: Sendable {
        /// It goes on as it is.
        case same
        /// Other bytes in its place.
        case bytes([UInt8])
        /// Pieces that are asked for until there is none or the client has gone.
        case flood(@Sendable (Int) -> [UInt8]?)
        /// Nothing any more, and the connection stays open.
        case silence
    }

    /// A connection as the hook sees it.
    public struct Exchange: Sendable {
        /// The text of the statement that was sent last.
        public var statement = ""
        /// Messages of the server's so far.
        public var messages = 0
    }

    /// Decides about each message of the server's; called on threads of the proxy's.
    public typealias Hook = @Sendable (Message, Exchange) -> Answer

    /// The port to connect to.
    public let port: Int
    private let listener: Int32
    private let upstream: Int
    private let hook: Hook
    private let open = Mutex<Set<Int32>>([])
    private let isStopped = Atomic(false)
    private let accepted = Atomic(0)
    private let answered = Mutex<[[UInt8]]>([])

    /// Connections so far.
    public var connections: Int { accepted.load(ordering: .relaxed) }

    /// What clients have said to authenticate themselves.
    public var proofs: [[UInt8]] { answered.withLock { $0 } }

    /// A proxy to `upstream`, a port of 127.0.0.1.
    public init(to upstream: Int, _ hook: @escaping Hook) throws {
        let socket = try LoopbackSocket.listen(on: 0)
        port = socket.port
        // Its own descriptor, which blocks, and outlives the other.
        listener = dup(socket.descriptor)
        _ = fcntl(listener, F_SETFL, 0)
        self.upstream = upstream
        self.hook = hook
        Self.spawn { [self] in accept() }
    }

    /// Closes everything.
    public func stop() {
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        for descriptor in open.withLock({ $0 }) { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { break }
            accepted.add(1, ordering: .relaxed)
            guard let server = try? LoopbackSocket.connect(to: upstream) else {
                close(client)
                continue
            }
            let there = dup(server.descriptor)
            _ = fcntl(there, F_SETFL, 0)
            open.withLock { $0.formUnion([client, there]) }
            let shared = Shared()
            Self.spawn { [self] in
                forward(from: client, to: there, shared)
                finish(client, there, shared)
            }
            Self.spawn { [self] in
                answer(from: there, to: client, shared)
                finish(client, there, shared)
            }
        }
        close(listener)
    }

    private final class Shared: Sendable {
        let exchange = Mutex(Exchange())
        let ended = Atomic(0)
    }

    private func finish(_ client: Int32, _ server: Int32, _ shared: Shared) {
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_RDWR))
        guard shared.ended.add(1, ordering: .relaxed).newValue == 2 else { return }
        open.withLock { open in
            open.subtract([client, server])
            close(client)
            close(server)
        }
    }

    /// What the client says goes on as it is; the texts of its statements are noted.
    private func forward(from client: Int32, to server: Int32, _ shared: Shared) {
        // The start-up packet, and a cancel request, have no kind.
        guard let head = read(client, 4), let rest = read(client, Int(UInt32(bigEndian: head)) - 4), write(server, head + rest)
        else { return }
        while let kind = read(client, 1), let length = read(client, 4), let body = read(client, Int(UInt32(bigEndian: length)) - 4) {
            if kind[0] == UInt8(ascii: "P") {
                let text = body.drop { $0 != 0 }.dropFirst().prefix { $0 != 0 }
                shared.exchange.withLock { $0.statement = String(decoding: text, as: UTF8.self) }
            } else if kind[0] == UInt8(ascii: "p") {
                answered.withLock { $0.append(body) }
            } else if kind[0] == UInt8(ascii: "Q") {
                shared.exchange.withLock { $0.statement = String(decoding: body.dropLast(), as: UTF8.self) }
            }
            guard write(server, kind + length + body) else { return }
        }
    }

    private func answer(from server: Int32, to client: Int32, _ shared: Shared) {
        while let kind = read(server, 1), let length = read(server, 4), let body = read(server, Int(UInt32(bigEndian: length)) - 4) {
            let message = Message(kind: kind[0], body: body)
            let exchange = shared.exchange.withLock { exchange in
                exchange.messages += 1
                return exchange
            }
            switch hook(message, exchange) {
            case .same: guard write(client, message.bytes) else { return }
            case .bytes(let bytes): guard write(client, bytes) else { return }
            case .flood(let next):
                var number = 0
                while let piece = next(number) {
                    guard write(client, piece) else { return }
                    number += 1
                }
            case .silence: _ = read(server, .max)
            }
        }
    }

    private func read(_ descriptor: Int32, _ count: Int) -> [UInt8]? {
        guard count >= 0 else { return nil }
        guard count < 1 << 30 else {
            while let more = read(descriptor, 1), !more.isEmpty {}
            return nil
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let left = count - bytes.count
            var received = 0
            let part = [UInt8](unsafeUninitializedCapacity: left) { buffer, initialized in
                received = recv(descriptor, buffer.baseAddress, left, 0)
                initialized = max(0, received)
            }
            guard received > 0 else { return nil }
            bytes += part
        }
        return bytes
    }

    private func write(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let sent = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            done += sent
        }
        return true
    }

    /// A thread that nobody waits for.
    private static func spawn(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        if status == 0 { pthread_detach(thread) } else { box.release() }
    }

    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

extension FixedWidthInteger {
    /// Most significant byte first.
    public var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

extension UInt32 {
    fileprivate init(bigEndian bytes: [UInt8]) { self = bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}

/// Runs `body` with a proxy before a server's port, and stops it afterwards.
@discardableResult
public func withMessageProxy<T>(
    to upstream: Int, _ hook: @escaping MessageProxy.Hook, _ body: (MessageProxy) async throws -> T
) async throws -> T {
    let proxy = try MessageProxy(to: upstream, hook)
    defer { proxy.stop() }
    return try await body(proxy)
}
