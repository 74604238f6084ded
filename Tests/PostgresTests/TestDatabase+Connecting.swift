import Postgres
import TestKit

extension TestDatabase {
    /// Parameters of a tenant's connection to this database, in plaintext.
    ///
    /// - Parameter port: nil for the server's own; a proxy's otherwise.
    func parameters(port: Int? = nil, user: String? = nil, password: String? = nil) throws -> ConnectionParameters {
        try ConnectionParameters(
            host: host, port: port ?? self.port, database: database, user: user ?? superuser, password: Secret(password ?? self.password),
            tls: TLS(mode: .disable))
    }

    /// Runs `body` with a connection to this database, whose answers have no limits where it is trusted.
    func withConnection<Result>(
        port: Int? = nil, isTrusted: Bool = false, _ body: (Connection) async throws -> Result
    ) async throws -> Result {
        var parameters = try parameters(port: port)
        if isTrusted { parameters.limits = nil }
        return try await Connection.with(parameters, body)
    }

    /// Waits until the server shows a backend of this database with this process id in that wait event.
    func awaitBackend(_ pid: Int32, waitingFor event: String) async throws {
        try await awaitActivity("backend \(pid) to wait for \(event)") {
            "SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = \(pid) AND wait_event = '\(event)'"
        }
    }

    /// Waits until the server shows a client of this database that runs a statement with `text` in it, or none.
    func awaitStatement(_ text: String, runs: Bool, within deadline: Duration = .seconds(10)) async throws {
        try await awaitActivity("a statement with \(text) to \(runs ? "run" : "end")", within: deadline) {
            "SELECT count(*) = \(runs ? 1 : 0) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
                + " AND pid <> pg_backend_pid() AND query LIKE '%\(text)%'"
        }
    }

    private func awaitActivity(_ what: String, within deadline: Duration = .seconds(10), _ query: () -> String) async throws {
        let query = query()
        try await withConnection { observer in
            try await eventually(what, within: deadline) { try await observer.query(query).scalar == "t" }
        }
    }
}

/// The `PostgresError` that `body` throws; a failure of the test when it throws another one or none.
func postgresError<Ignored>(_ body: () async throws -> Ignored) async throws -> PostgresError {
    do {
        _ = try await body()
    } catch let error as PostgresError {
        return error
    }
    throw NoError()
}

/// Nothing went wrong where something had to.
struct NoError: Error {}
