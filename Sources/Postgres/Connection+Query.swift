import CPostgres

extension Connection {
    /// Runs one statement with parameters in text form and returns its rows as text.
    ///
    /// The extended protocol takes a single statement: text that holds two is refused by the server with 42601.
    /// Throws `PostgresError`; a `server` error leaves the connection usable.
    @discardableResult
    public func query(_ statement: String, _ parameters: [String?] = []) async throws -> QueryResult {
        try await inTransactionIfPooled { try await send(statement, parameters) }
    }

    /// As `query`, in whatever transaction there is or is not.
    @discardableResult
    func send(_ statement: String, _ parameters: [String?] = []) async throws -> QueryResult {
        try refuseNUL([statement] + parameters)
        return try await exchange {
            let connection = try pointer()
            let sent = withCStrings(parameters) {
                PQsendQueryParams(connection, statement, Int32(parameters.count), nil, $0, nil, nil, 0)
            }
            guard sent == 1 else { throw connectionError() }
            return QueryResult(try await lastResult(), clean)
        }
    }

    /// Runs statements that take no parameters, several at once if need be, in one implicit transaction.
    public func execute(script: String) async throws {
        try refuseNUL([script])
        try await inTransactionIfPooled { try await send(script: script) }
    }

    func send(script: String) async throws {
        try await exchange {
            guard PQsendQuery(try pointer(), script) == 1 else { throw connectionError() }
            _ = try await lastResult()
        }
    }

    /// The columns that `statement` would return, without running it; empty when it returns no rows.
    public func describe(_ statement: String) async throws -> [ColumnDescription] {
        try refuseNUL([statement])
        return try await inTransactionIfPooled {
            try await exchange {
                guard PQsendPrepare(try pointer(), "", statement, 0, nil) == 1 else { throw connectionError() }
                _ = try await lastResult()
                guard PQsendDescribePrepared(try pointer(), "") == 1 else { throw connectionError() }
                return columns(of: try await lastResult())
            }
        }
    }

    private func columns(of result: ResultHandle) -> [ColumnDescription] {
        (0..<PQnfields(result.pointer)).map { column in
            ColumnDescription(
                name: clean(String(cString: PQfname(result.pointer, column))), type: PQftype(result.pointer, column),
                modifier: PQfmod(result.pointer, column))
        }
    }

    /// C would end the text there, and what follows would be lost without a word.
    func refuseNUL(_ texts: [String?]) throws(PostgresError) {
        guard texts.allSatisfy({ $0?.utf8.contains(0) != true }) else {
            throw PostgresError(.invalidParameters, "a statement or parameter has a NUL in it, which no text in postgresql can have")
        }
    }

    /// Sends what is buffered, then reads results to the end of the exchange; the last one counts, an error among them is thrown.
    func lastResult() async throws -> ResultHandle {
        try await flush()
        var last: ResultHandle?
        var failure: PostgresError?
        while let result = try await nextResult(after: failure) {
            switch PQresultStatus(result.pointer) {
            case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR:
                failure = failure ?? PostgresError(result: result.pointer)
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                throw PostgresError(.protocolViolation, "the statement started a COPY")
            default: break
            }
            last = result
        }
        if let failure { throw failure }
        guard let last else { throw PostgresError(.protocolViolation, "the server sent no result") }
        return last
    }

    /// Reads results to the end of the exchange, after an error. A COPY would be told of again and again.
    func skipResults(after failure: PostgresError?) async throws {
        while let result = try await nextResult(after: failure) {
            guard ![PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(PQresultStatus(result.pointer)) else {
                throw PostgresError(.protocolViolation, "the server started a COPY after an error")
            }
        }
    }

    /// The next result of the exchange under way, nil after the last.
    ///
    /// A server that ends the connection says why, as `failure`, before it does; that is what is thrown then.
    func nextResult(after failure: PostgresError? = nil) async throws -> ResultHandle? {
        do {
            while PQisBusy(try pointer()) == 1 { try await receive() }
        } catch let error as PostgresError where error.code == .connectionLost {
            throw failure ?? error
        }
        return PQgetResult(try pointer()).map { ResultHandle($0) }
    }

    /// Waits until the server has sent something and takes it in.
    func receive() async throws {
        try await ready(for: .read)
        try consume()
    }

    /// Takes in what the socket has, without waiting, as far as the server may send it.
    func consume() throws {
        let pointer = try pointer()
        guard let meter else {
            guard PQconsumeInput(pointer) == 1 else { throw connectionError() }
            return
        }
        try meter.reading { if PQconsumeInput(pointer) != 1 { throw connectionError() } }
        // Nobody asked such a server for notifications, and libpq would keep them.
        while let notification = PQnotifies(pointer) { PQfreemem(notification) }
    }

    /// Sends all that libpq holds. What the server says meanwhile is taken in, or both sides would wait for the other.
    func flush() async throws {
        while true {
            switch PQflush(try pointer()) {
            case 0: return
            case 1:
                if try await ready(for: [.read, .write]).contains(.read) { try consume() }
            default: throw connectionError()
            }
        }
    }

    /// Waits for the socket; the progress deadline counts anew for each wait.
    @discardableResult
    private func ready(for interest: SocketReadiness.Interest) async throws -> SocketReadiness.Interest {
        let deadline = meter?.deadline ?? .now + deadlines.progress
        switch try await SocketReadiness.shared.wait(PQsocket(try pointer()), for: interest, until: deadline) {
        case .ready: return interest
        case .cancelled: throw CancellationError()
        case .deadlinePassed:
            if let meter { throw meter.stalled }
            throw PostgresError(
                .stalled, "the server neither sent nor took a byte for \(deadlines.progress)",
                hint: "look at that server's load and at the network between")
        }
    }

    /// The connection's own error, for calls that fail before there is a result.
    func connectionError() -> PostgresError {
        guard let connection = try? pointer() else { return PostgresError(.connectionLost, "the connection is closed") }
        return PostgresError(.connectionLost, String(cString: PQerrorMessage(connection)))
    }
}

/// One column of a statement's result, as the server described it.
public struct ColumnDescription: Sendable, Equatable {
    /// As the query named it; not necessarily unique.
    public let name: String
    /// `pg_type.oid` on that server; fixed for built-in types (below 10000).
    public let type: UInt32
    /// `atttypmod`, -1 when there is none.
    public let modifier: Int32
}

/// Owns a `PGresult`.
final class ResultHandle {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { PQclear(pointer) }
}
