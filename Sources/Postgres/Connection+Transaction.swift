import CPostgres

extension Connection {
    /// How a transaction sees the database.
    public enum Isolation: String, Sendable {
        /// Each statement sees what is committed when it starts.
        case readCommitted = "ISOLATION LEVEL READ COMMITTED READ WRITE"
        /// Every statement sees one snapshot, and nothing can be written.
        case snapshot = "ISOLATION LEVEL REPEATABLE READ READ ONLY"
    }

    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// Throws `commitOutcomeUnknown` when the connection ends while COMMIT is under way; only the server knows then which it was.
    public func transaction<Result>(_ isolation: Isolation = .readCommitted, _ body: () async throws -> Result) async throws -> Result {
        try await query("BEGIN " + isolation.rawValue)
        let result: Result
        do {
            result = try await body()
        } catch {
            if isOpen { _ = try? await query("ROLLBACK") }
            throw error
        }
        // COMMIT of a failed transaction is a ROLLBACK that reports no error.
        guard PQtransactionStatus(try pointer()) != PQTRANS_INERROR else {
            try await query("ROLLBACK")
            throw PostgresError(.server, "a statement of the transaction failed, so it was rolled back", sqlstate: SQLState("25P02"))
        }
        do {
            try await query("COMMIT")
        } catch let error as PostgresError where error.code != .server || !isOpen {
            throw PostgresError(.commitOutcomeUnknown, "the connection ended during COMMIT: \(error.message)")
        }
        return result
    }
}
