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
        try await transaction(isolation.rawValue, body)
    }

    private func transaction<Result>(_ mode: String, _ body: () async throws -> Result) async throws -> Result {
        try await begin(mode)
        let result: Result
        do {
            result = try await body()
        } catch {
            if isOpen { _ = try? await send("ROLLBACK") }
            throw error
        }
        // COMMIT of a failed transaction is a ROLLBACK that reports no error.
        guard PQtransactionStatus(try pointer()) != PQTRANS_INERROR else {
            try await send("ROLLBACK")
            throw PostgresError(.server, "a statement of the transaction failed, so it was rolled back", sqlstate: SQLState("25P02"))
        }
        do {
            try await send("COMMIT")
        } catch let error as PostgresError where error.code != .server || !isOpen {
            throw PostgresError(.commitOutcomeUnknown, "the connection ended during COMMIT: \(error.message)")
        }
        return result
    }

    /// Begins a transaction, and tells it what the session could not be told. SET takes no snapshot: that is left to what comes first.
    private func begin(_ mode: String) async throws {
        guard let transactionSettings else {
            try await send("BEGIN " + mode)
            return
        }
        do {
            try await send(script: "BEGIN " + mode + transactionSettings)
        } catch {
            if isOpen { _ = try? await send("ROLLBACK") }
            throw error
        }
    }

    /// Runs `body` in a transaction of its own where a pooler is in between and none is open.
    func inTransactionIfPooled<Result>(_ body: () async throws -> Result) async throws -> Result {
        guard isPooled, PQtransactionStatus(try pointer()) == PQTRANS_IDLE else { return try await body() }
        // Without READ WRITE, which a standby refuses.
        return try await transaction("ISOLATION LEVEL READ COMMITTED", body)
    }

    /// Makes this connection one that holds locks of its session (`pg_advisory_lock`), to be used through `locking` only from now on. They are
    /// let go when it is closed, or lost.
    ///
    /// Behind a pooler it begins a transaction, which is what keeps the session; one that is cut off ends the session. Between two statements
    /// such a transaction holds no snapshot and is in nobody's way (READ COMMITTED; PostgreSQL manual, "pg_stat_activity": `backend_xmin`).
    public func keepSession() async throws {
        guard isPooled else { return }
        try await begin("ISOLATION LEVEL READ COMMITTED")
        try await send("SAVEPOINT kept")
    }

    /// Takes or frees locks of the session, after `keepSession`. Whatever else `body` does may be undone.
    ///
    /// Locks of the session are not taken back with a savepoint, and locks of the transaction are (PostgreSQL manual, "Advisory Locks").
    public func locking<Result>(_ body: (Connection) async throws -> Result) async throws -> Result {
        guard isPooled else { return try await body(self) }
        let result: Result
        do {
            result = try await body(self)
        } catch {
            if isOpen { _ = try? await send("ROLLBACK TO kept") }
            throw error
        }
        try await send("ROLLBACK TO kept")
        return result
    }
}
