import Postgres
import TestKit
import Testing

@Suite("A session's settings", .serialized, .timeLimit(.minutes(1)))
struct SessionSettingsTests {
    @Test("are the engine's, whatever the role and the database have been given as defaults")
    func pinned() async throws {
        try await withHostileDefaults { parameters in
            try await Connection.with(parameters) { connection in
                let expected = [
                    "TimeZone": "UTC", "DateStyle": "ISO, YMD", "IntervalStyle": "postgres", "extra_float_digits": "1",
                    "bytea_output": "hex",
                    "standard_conforming_strings": "on", "client_encoding": "UTF8", "statement_timeout": "0", "lock_timeout": "0",
                    "idle_in_transaction_session_timeout": "0", "idle_session_timeout": "0", "default_transaction_read_only": "off",
                    "xmloption": "content",
                    "application_name": "dayhaul",
                ]
                for (name, value) in expected {
                    let setting = try await connection.query("SELECT current_setting($1)", [name]).scalar
                    #expect(setting == value, "\(name)")
                }
                #expect(try await connection.query("SELECT pg_sleep(0.4)").affectedRows == 1)
                #expect(try await connection.query("SELECT '\\x41'::bytea::text").scalar == "\\x41")
                #expect(try await connection.query("SELECT 'größe'").scalar == "größe")
            }
        }
    }

    @Test("are what the caller asked for: zone, timeouts, search path, role")
    func chosen() async throws {
        try await withHostileDefaults { parameters in
            var parameters = parameters
            parameters.session.timeZone = "America/Chicago"
            parameters.session.statementTimeout = .milliseconds(1500)
            parameters.session.lockTimeout = .seconds(2)
            parameters.session.searchPath = "pg_catalog, pg_temp"
            parameters.session.role = "pg_monitor"
            try await Connection.with(parameters) { connection in
                let settings = ["TimeZone", "statement_timeout", "lock_timeout", "search_path", "role"]
                let query = "SELECT " + settings.map { "current_setting('\($0)')" }.joined(separator: ", ")
                let values = try await connection.query(query).values
                #expect(values == [["America/Chicago", "1500ms", "2s", "pg_catalog, pg_temp", "pg_monitor"]])
            }
        }
    }

    @Test("leave the search path to the role, which a tenant's templates rely on")
    func searchPath() async throws {
        try await withHostileDefaults { parameters in
            let answer = try await Connection.with(parameters) { try await $0.query("SHOW search_path").scalar }
            #expect(answer == "elsewhere")
        }
    }

    @Test("limit a statement even by less than a millisecond")
    func shortTimeout() async throws {
        try await withDatabase { database in
            var parameters = try database.parameters()
            parameters.session.statementTimeout = .microseconds(10)
            let timeout = try? await Connection.with(parameters) { try await $0.query("SHOW statement_timeout").scalar }
            // A millisecond may also be too short for the question.
            #expect(timeout != "0")
        }
    }

    @Test("keep a source from being written to, by any kind of statement")
    func readOnly() async throws {
        try await withDatabase { database in
            try await database.psql("CREATE TABLE t (i int)")
            var parameters = try database.parameters()
            parameters.session.isReadOnly = true
            try await Connection.with(parameters) { connection in
                for statement in [
                    "INSERT INTO t VALUES (1)", "CREATE TABLE u ()", "TRUNCATE t", "WITH d AS (DELETE FROM t RETURNING 1) TABLE d",
                ] {
                    let error = try await postgresError { try await connection.query(statement) }
                    #expect(error.sqlstate?.code == "25006", "\(statement)")
                }
                let error = try await postgresError { _ = try await connection.copyIn("COPY t FROM STDIN") { _ in } }
                #expect(error.sqlstate?.code == "25006")
                let inSnapshot = try await postgresError {
                    try await connection.transaction(.snapshot) { try await connection.query("INSERT INTO t VALUES (1)") }
                }
                #expect(inSnapshot.sqlstate?.code == "25006")
                #expect(try await connection.query("SELECT count(*) FROM t").scalar == "0")
            }
        }
    }

    /// Runs `body` with parameters of a role whose defaults, and whose database's, are as wrong as can be.
    private func withHostileDefaults(_ body: (ConnectionParameters) async throws -> Void) async throws {
        try await withDatabase { database in
            let role = "odd_\(database.database)_\(Cluster.randomPassword().prefix(6))"
            let settings = [
                ("timezone", "Asia/Kathmandu"), ("datestyle", "SQL, DMY"), ("intervalstyle", "sql_standard"), ("extra_float_digits", "-10"),
                ("bytea_output", "escape"), ("standard_conforming_strings", "off"), ("client_encoding", "LATIN1"),
                ("statement_timeout", "300ms"),
                ("lock_timeout", "1ms"), ("idle_in_transaction_session_timeout", "300ms"), ("default_transaction_read_only", "on"),
                ("xmloption", "document"), ("search_path", "elsewhere"), ("application_name", "odd"),
            ]
            try await database.psql(
                "CREATE ROLE \(role) LOGIN PASSWORD 'p'; GRANT pg_monitor TO \(role);"
                    + settings.map { "ALTER ROLE \(role) SET \($0) = '\($1)';" }.joined().replacing("'SQL, DMY'", with: "SQL, DMY")
                    + "ALTER DATABASE \(database.database) SET timezone = 'Asia/Tokyo'")
            try await body(database.parameters(user: role, password: "p"))
            try await database.psql("DROP ROLE \(role)")
        }
    }
}
