import CPostgres

extension Connection {
    /// Bytes handed over before the receiver is asked to drain.
    private static var burst: Int { 256 << 10 }
    /// How long fewer bytes than that may be held back while the socket is waited for.
    private static var patience: Duration { .milliseconds(100) }

    /// Runs `COPY … TO STDOUT` and hands every message to `receiver`.
    ///
    /// Returns the row count of the server's command tag, after CopyDone and CommandComplete have come; whether that equals the rows in
    /// the stream, and whether the stream had its trailer, is for the receiver to check.
    public func copyOut(_ statement: String, into receiver: inout some CopyOutReceiver & ~Copyable) async throws -> Int {
        try await inTransactionIfPooled { try await streamOut(statement, into: &receiver) }
    }

    private func streamOut(_ statement: String, into receiver: inout some CopyOutReceiver & ~Copyable) async throws -> Int {
        try await begin(statement, expecting: PGRES_COPY_OUT)
        meter?.beginCopy()
        do {
            while try await readBurst(into: &receiver) {
                let start = ContinuousClock.now
                try await receiver.drain()
                meter?.extend(by: .now - start)
                // A socket that always has more never makes the task wait; others have to run, too.
                await Task.yield()
            }
        } catch {
            // Whatever it was, messages are left unread.
            await abandon()
            throw error
        }
        return try await exchange { try await rowCount() }
    }

    /// True while there is more; false after CopyDone.
    private func readBurst(into receiver: inout some CopyOutReceiver & ~Copyable) async throws -> Bool {
        try Task.checkCancellation()
        let start = ContinuousClock.now
        var handed = 0
        var isDrained = false
        while handed < Self.burst {
            var message: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(try pointer(), &message, 1)
            switch length {
            case 1...:
                defer { PQfreemem(message) }
                try receiver.receive(UnsafeRawBufferPointer(start: message, count: Int(length)).bytes)
                handed += Int(length)
                meter?.count(Int(length) + 5)
                isDrained = false
            case 0 where !isDrained:
                // Nothing whole is buffered: takes in what the socket has, without waiting.
                try consume()
                isDrained = true
            case 0:
                // A source that is slow does not hold up what it has sent.
                if handed > 0, .now - start > Self.patience { return true }
                try await receive()
            case -1:
                return false
            default:
                throw connectionError()
            }
        }
        return true
    }
}
