import CPostgres

extension Connection {
    /// Bytes handed over before the receiver is asked to drain.
    private static var burst: Int { 1 << 20 }

    /// Runs `COPY … TO STDOUT` and hands every message to `receiver`.
    ///
    /// Returns the row count of the server's command tag, after CopyDone and CommandComplete have come; whether that equals the rows in
    /// the stream, and whether the stream had its trailer, is for the receiver to check.
    public func copyOut(_ statement: String, into receiver: inout some CopyOutReceiver & ~Copyable) async throws -> Int {
        try await begin(statement, expecting: PGRES_COPY_OUT)
        do {
            while try await readBurst(into: &receiver) {
                try await receiver.drain()
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
        var handed = 0
        while handed < Self.burst {
            var message: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(try pointer(), &message, 1)
            switch length {
            case 1...:
                defer { PQfreemem(message) }
                try receiver.receive(UnsafeRawBufferPointer(start: message, count: Int(length)).bytes)
                handed += Int(length)
            case 0:
                // Nothing whole is buffered. Hand over what came before the wait.
                if handed > 0 { return try await refill() }
                try await receive()
            case -1:
                return false
            default:
                throw connectionError()
            }
        }
        return true
    }

    /// Takes in what the socket already has, without waiting.
    private func refill() async throws -> Bool {
        guard PQconsumeInput(try pointer()) == 1 else { throw connectionError() }
        return true
    }
}
