import Postgres
import TestKit
import Testing

@testable import Clusters

@Suite("The PG* environment, the service file and the password file", .serialized, .timeLimit(.minutes(2)))
struct ProcessEnvironmentTests {
    @Test("do not reach a tenant's connection, be it the first of its process", .disabled(if: ChildProcess.isOne))
    func tenant() async throws {
        try await withHostileEnvironment { try await ChildProcess.run("tenantInChild", $0.conninfo, environment: $1) }
    }

    @Test("reach an operator's connection", .disabled(if: ChildProcess.isOne))
    func operators() async throws {
        try await withHostileEnvironment { database, environment in
            let right = [
                "PGHOST": database.host, "PGHOSTADDR": database.host, "PGTARGETSESSIONATTRS": "any", "PGCHANNELBINDING": "prefer",
                "PGPORT": String(database.port), "PGSSLMODE": "prefer", "PGOPTIONS": "-c search_path=mine",
            ]
            let environment = environment.merging(right) { $1 }.filter { $0.key != "PGSERVICE" && $0.key != "PGPASSWORD" }
            try await ChildProcess.run("operatorInChild", database.conninfo, environment: environment)
        }
    }

    @Test("reach an operator's connection by way of a service", .disabled(if: ChildProcess.isOne))
    func service() async throws {
        try await withHostileEnvironment { database, environment in
            let environment = ["PGSERVICE": "right", "PGSERVICEFILE": environment["PGSERVICEFILE"] ?? ""]
            try await ChildProcess.run("serviceInChild", database.conninfo, environment: environment)
        }
    }

    @Test("yield to a service that the operator's connection string names", .disabled(if: ChildProcess.isOne))
    func namedService() async throws {
        try await withHostileEnvironment { database, environment in
            let environment = environment.filter { ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICEFILE"].contains($0.key) }
            try await ChildProcess.run("namedServiceInChild", database.conninfo, environment: environment)
        }
    }

    @Test("seen from a tenant's connection in a process of its own", .enabled(if: ChildProcess.isOne))
    func tenantInChild() async throws {
        let given = try connected()
        let tenant = try ConnectionParameters(
            host: given.host, port: given.port, database: given.database, user: given.user, password: Secret(given.password),
            tls: TLS(mode: .disable))
        try await Connection.with(tenant) { connection in
            let row = try await connection.query(
                "SELECT current_database(), current_user, current_setting('search_path'), current_setting('application_name')")
            #expect(row.values == [[given.database, given.user, "\"$user\", public", "dayhaul"]])
            let timeZone = try await connection.query("SHOW TimeZone").scalar
            #expect(timeZone == "UTC")
        }
        // The password file has the right one.
        let wrong = try ConnectionParameters(
            host: given.host, port: given.port, database: given.database, user: given.user, password: Secret("wrong"),
            tls: TLS(mode: .disable))
        let error = try await postgresError { try await Connection.with(wrong) { _ in } }
        #expect(error.sqlstate?.code == "28P01")
    }

    @Test("seen from an operator's connection in a process of its own", .enabled(if: ChildProcess.isOne))
    func operatorInChild() async throws {
        let given = try connected()
        let parameters = try ConnectionParameters(conninfo: "dbname=\(given.database) user=\(given.user)")
        let row = try await Connection.with(parameters) {
            try await $0.query(
                "SELECT current_database(), current_user, current_setting('search_path'), current_setting('application_name')")
        }
        #expect(row.values == [[given.database, given.user, "mine", "odd"]])
    }

    @Test("seen from a service's connection in a process of its own", .enabled(if: ChildProcess.isOne))
    func serviceInChild() async throws {
        let given = try connected()
        let database = try await Connection.with(ConnectionParameters(conninfo: "")) {
            try await $0.query("SELECT current_database()").scalar
        }
        #expect(database == given.database)
    }

    @Test("seen from a named service's connection in a process of its own", .enabled(if: ChildProcess.isOne))
    func namedServiceInChild() async throws {
        let given = try connected()
        for conninfo in [
            "service=right", "postgresql:///?service=right", "service=wrong host=\(given.host) port=\(given.port) sslmode=disable",
        ] {
            var conninfo = conninfo
            if conninfo.contains("wrong") { conninfo += " dbname=\(given.database) user=\(given.user) password=\(given.password)" }
            let parameters = try ConnectionParameters(conninfo: conninfo)
            let row = try await Connection.with(parameters) {
                try await $0.query("SELECT current_database(), current_user, current_setting('search_path')")
            }
            let path = conninfo.contains("wrong") ? "wrong" : "\"$user\", public"
            #expect(row.values == [[given.database, given.user, path]])
        }
        let unknown = try ConnectionParameters(conninfo: "service=unknown")
        let error = try await postgresError { try await Connection.with(unknown) { _ in } }
        #expect(error.message.contains("unknown"))
    }

    private func connected() throws -> (host: String, port: Int, database: String, user: String, password: String) {
        let conninfo = try #require(ChildProcess.conninfo)
        let pairs = conninfo.split(separator: " ").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        let values = Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) })
        return (
            try #require(values["host"]), try #require(values["port"].flatMap { Int($0) }), try #require(values["dbname"]),
            try #require(values["user"]), try #require(values["password"])
        )
    }

    /// Runs `body` with a database and an environment in which everything is wrong but the password file and the service `right`.
    private func withHostileEnvironment(_ body: (TestDatabase, [String: String]) async throws -> Void) async throws {
        try await withDatabase { database in
            try await withDirectory { directory in
                let account = ServerAccount.caller()
                try PrivateFile.write("*:*:*:*:\(database.password)\n", to: "\(directory)/pgpass", account: account)
                try PrivateFile.write(
                    """
                    [wrong]
                    host=127.0.0.1
                    port=1
                    options=-c search_path=wrong
                    application_name=wrong
                    sslmode=require
                    [right]
                    host=\(database.host)
                    port=\(database.port)
                    dbname=\(database.database)
                    user=\(database.superuser)
                    password=\(database.password)

                    """, to: "\(directory)/services", account: account)
                try await body(
                    database,
                    [
                        "PGHOST": "/tmp", "PGHOSTADDR": "127.0.0.2", "PGPORT": "1", "PGDATABASE": "odd", "PGUSER": "odd",
                        "PGPASSWORD": "odd",
                        "PGOPTIONS": "-c search_path=odd", "PGAPPNAME": "odd", "PGSSLMODE": "verify-full", "PGSERVICE": "wrong",
                        "PGSERVICEFILE": "\(directory)/services", "PGPASSFILE": "\(directory)/pgpass", "PGCLIENTENCODING": "LATIN1",
                        "PGTZ": "Asia/Tokyo", "PGDATESTYLE": "SQL", "PGTARGETSESSIONATTRS": "standby", "PGCHANNELBINDING": "require",
                    ])
            }
        }
    }
}
