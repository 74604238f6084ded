import CPostgres

extension Connection {
    /// Runs `COPY … FROM STDIN`: `body` puts the stream's bytes, in pieces of any size.
    ///
    /// Returns the row count of the server's command tag. When `body` throws, the server is told to fail the COPY (CopyFail), the
    /// transaction is rolled back by the caller, and the error is thrown on.
    public func copyIn(_ statement: String, _ body: (borrowing CopyInStream) async throws -> Void) async throws -> Int {
        try await inTransactionIfPooled { try await streamIn(statement, body) }
    }

    private func streamIn(_ statement: String, _ body: (borrowing CopyInStream) async throws -> Void) async throws -> Int {
        try await begin(statement, expecting: PGRES_COPY_IN)
        do {
            try await body(CopyInStream(connection: self))
        } catch let error as PostgresError where error.code == .connectionLost || error.code == .stalled {
            // Nobody is there to be told, and trying would wait for the same deadline again.
            await abandon()
            throw error
        } catch {
            // The server answers CopyFail with an error of its own, which says nothing new.
            _ = try? await exchange {
                try await end(failing: "abandoned by dayhaul")
                _ = try await lastResult()
            }
            throw error
        }
        return try await exchange {
            try await end(failing: nil)
            return try await rowCount()
        }
    }

    /// Nil ends the data (CopyDone); a reason makes the server fail the statement (CopyFail).
    private func end(failing reason: String?) async throws {
        while true {
            switch PQputCopyEnd(try pointer(), reason) {
            case 1: return try await flush()
            case 0: try await flush()
            default: throw connectionError()
            }
        }
    }

    /// Sends a COPY statement and waits for the server to be ready for it.
    func begin(_ statement: String, expecting status: ExecStatusType) async throws {
        try refuseNUL([statement])
        try await exchange {
            guard PQsendQueryParams(try pointer(), statement, 0, nil, nil, nil, nil, 0) == 1 else { throw connectionError() }
            try await flush()
            guard let result = try await nextResult() else { throw PostgresError(.protocolViolation, "the server sent no result") }
            if PQresultStatus(result.pointer) == status { return }
            // A COPY of the other direction would be told of again and again.
            guard ![PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(PQresultStatus(result.pointer)) else {
                throw PostgresError(.protocolViolation, "the statement started another kind of COPY")
            }
            let failure = PQresultStatus(result.pointer) == PGRES_FATAL_ERROR ? PostgresError(result: result.pointer) : nil
            try await skipResults(after: failure)
            if let failure { throw failure }
            throw PostgresError(.protocolViolation, "the statement did not start the COPY")
        }
    }

    /// The count of the command tag that ends a COPY.
    func rowCount() async throws -> Int {
        let result = try await lastResult()
        guard let rows = Int(String(cString: PQcmdTuples(result.pointer))) else {
            throw PostgresError(.protocolViolation, "the server did not say how many rows were copied")
        }
        return rows
    }
}

/// The sending end of a COPY … FROM STDIN.
public struct CopyInStream: ~Copyable {
    let connection: Connection

    /// Queues bytes as one CopyData message; hand over 64 KiB and more at a time. Call `flush` before queueing more: nothing else
    /// bounds what libpq holds.
    public func put(_ bytes: RawSpan) throws {
        guard bytes.byteCount > 0 else { return }
        let pointer = try connection.pointer()
        let queued = bytes.withUnsafeBytes { buffer in
            PQputCopyData(pointer, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: buffer.count))
        }
        guard queued == 1 else { throw connection.connectionError() }
    }

    /// Waits until the socket has taken all that was queued.
    public func flush() async throws {
        // A socket that always takes everything never makes the task wait: it is asked here whether it was cancelled, and lets others run.
        try Task.checkCancellation()
        try await connection.flush()
        await Task.yield()
    }
}
