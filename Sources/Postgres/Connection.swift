import CPostgres

/// One libpq connection, used by one task at a time.
///
/// Not `Sendable`: it lives in the region of whoever opened it, so two tasks cannot use it at once. Every call that waits does so on the
/// process's socket loop and returns when the task is cancelled or a deadline passes; the statement under way is then cancelled on the
/// server too, and the connection is closed, because what it would say next belongs to nobody.
public final class Connection {
    /// Bounds on waiting, as given when it was opened.
    let deadlines: ConnectionParameters.Deadlines
    private var owner: ConnectionHandle?
    /// Of a server that is not trusted.
    private(set) var meter: AnswerMeter?
    /// What is taken out of all that such a server says.
    private let secret: Secret?
    /// What each transaction is told when it begins, because a session that is shared with others must not be told; see `isPooled`.
    var transactionSettings: String?

    init(_ owner: ConnectionHandle, _ parameters: ConnectionParameters) {
        self.owner = owner
        deadlines = parameters.deadlines
        secret = parameters.secretToHide
        if let limits = parameters.limits, let socket = WatchedSocket(PQsocket(owner.pointer)) {
            meter = AnswerMeter(limits, patience: parameters.deadlines.progress, on: socket)
        }
    }

    /// Closes the connection, if it is still open; the server ends whatever it was doing for it.
    public func close() { (owner, meter) = (nil, nil) }

    /// False once the connection was closed, by the caller, by the server or by an interruption.
    public var isOpen: Bool {
        guard let owner else { return false }
        return PQstatus(owner.pointer) == CONNECTION_OK
    }

    /// What the server reported about itself at start, such as `server_version` or `server_encoding`.
    public func serverParameter(_ name: String) -> String? {
        guard let owner, let value = PQparameterStatus(owner.pointer, name) else { return nil }
        return clean(String(cString: value))
    }

    /// A server's text without the password that it was given.
    func clean(_ text: String) -> String { secret?.hidden(in: text) ?? text }

    /// The server's version as libpq numbers it: 150018 is 15.18. Zero when closed.
    public var serverVersion: Int { owner.map { Int(PQserverVersion($0.pointer)) } ?? 0 }

    /// The process that serves this connection on the server.
    public var backendPID: Int32 { owner.map { PQbackendPID($0.pointer) } ?? 0 }

    /// Whether a pooler is in between. The server's session may then be another one in each transaction, and another client's in between
    /// (PgBouncer, "pool_mode"): settings are made in each transaction, every statement runs in one, and nothing is left in a session.
    /// Notifications do not arrive, and locks last until the end of a transaction.
    public var isPooled: Bool { transactionSettings != nil }

    /// The one way to the C object; throws `connectionLost` when it is closed.
    func pointer() throws(PostgresError) -> OpaquePointer {
        guard let owner else { throw PostgresError(.connectionLost, "the connection is closed") }
        return owner.pointer
    }

    /// Runs one exchange with the server; if it does not come to its end, the server is told and the connection is closed.
    func exchange<Result>(_ body: () async throws -> Result) async throws -> Result {
        meter?.begin()
        do {
            return try await body()
        } catch let error as PostgresError {
            if error.code != .server { await abandon() }
            throw error.hiding(secret)
        } catch {
            await abandon()
            throw error
        }
    }

    /// Asks the server to stop what it does for this connection, then closes it.
    func abandon() async {
        if let request = owner?.cancelRequest() {
            _ = await BlockingCall.run(within: deadlines.cancel) { request.send() }
        }
        close()
    }
}

/// Owns a `PGconn`; freed when the owner lets go.
final class ConnectionHandle {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { PQfinish(pointer) }

    /// Nil when the connection is not in a state to be cancelled.
    func cancelRequest() -> CancelRequest? { PQgetCancel(pointer).map { CancelRequest($0) } }
}

/// Owns a `PGcancel`: immutable after it was made, and `PQcancel` may be called from any thread (PostgreSQL manual, "Canceling Queries in
/// Progress"), hence the unchecked conformance.
final class CancelRequest: @unchecked Sendable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { PQfreeCancel(pointer) }

    /// Opens a connection of its own and waits for the server to take the request: blocks.
    func send() -> Bool {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { PQcancel(pointer, $0.baseAddress, Int32($0.count)) == 1 }
    }
}
