import Postgres
import TestKit
import Testing

@Suite("A tenant's connection parameters", .serialized, .timeLimit(.minutes(1)))
struct ConnectionParametersTests {
    @Test(
        "take one host name or address and nothing else as the host",
        arguments: [
            "", "/tmp", "a,b", "x password=y", "x\0y", "x y", "x'y", "postgresql://x", "@socket", "x=y", "x;y", "[::1]", "höst", "x\n",
            "../tmp",
            "127.0.0.1,/tmp",
        ])
    func hosts(host: String) throws {
        let error = try #require(throws: PostgresError.self) { try parameters(host: host) }
        #expect(error.code == .invalidParameters)
        #expect(!error.isTransient)
    }

    @Test("take names and addresses", arguments: ["a", "replica-1.eu.example", "10.0.0.1", "::1", "fe80::1%eth0", "under_score"])
    func goodHosts(host: String) throws {
        #expect(try parameters(host: host).endpoint == "\(host):5432")
    }

    @Test("refuse ports that are none, and empty or impossible names", arguments: [-1, 0, 65536, Int.max])
    func values(port: Int) throws {
        #expect(throws: PostgresError.self) { try parameters(port: port) }
        #expect(throws: PostgresError.self) { try parameters(database: "") }
        #expect(throws: PostgresError.self) { try parameters(user: "") }
        #expect(throws: PostgresError.self) { try parameters(database: "a\0b") }
        #expect(throws: PostgresError.self) { try parameters(user: "a\0b") }
        #expect(throws: PostgresError.self) { try parameters(password: "") }
        #expect(throws: PostgresError.self) { try parameters(password: "a\0b") }
    }

    @Test(
        "take a database's name as a name, whatever it looks like",
        arguments: ["host=elsewhere", "postgresql://elsewhere/x", "host=elsewhere port=1 sslmode=disable", "service=x", "a b", "'", "\\"])
    func databaseNames(name: String) async throws {
        let primary = try await SharedClusters.primary()
        let unknown = try ConnectionParameters(
            host: Cluster.host, port: primary.port, database: name, user: primary.superuser, password: Secret(primary.password),
            tls: TLS(mode: .disable))
        let error = try await postgresError { try await Connection.with(unknown) { _ in } }
        #expect(error.sqlstate?.code == "3D000")
        #expect(!error.isTransient)
        #expect(error.message.contains("\"\(name)\""))
    }

    @Test(
        "take a user's name as a name, whatever it looks like",
        arguments: ["host=elsewhere", "postgresql://postgres@elsewhere", "a b", "'"])
    func userNames(name: String) async throws {
        let primary = try await SharedClusters.primary()
        let unknown = try ConnectionParameters(
            host: Cluster.host, port: primary.port, database: "postgres", user: name, password: Secret(primary.password),
            tls: TLS(mode: .disable))
        let error = try await postgresError { try await Connection.with(unknown) { _ in } }
        #expect(error.sqlstate?.code == "28P01")
        #expect(error.message.contains("\"\(name)\""))
    }

    @Test("reach the database that really has such a name, with a password of any characters")
    func oddNames() async throws {
        try await withDatabase { database in
            let suffix = Cluster.randomPassword().prefix(6)
            let odd = "host=elsewhere dbname='\(suffix)'"
            let role = "o'dd \"role\" \(suffix)"
            let password = "p'\"\\ =,;é\u{301}%20"
            try await database.psql(
                #"CREATE ROLE :"role" LOGIN PASSWORD :'password'; CREATE DATABASE :"odd""#,
                variables: ["role": role, "password": password, "odd": odd])
            let parameters = try ConnectionParameters(
                host: database.host, port: database.port, database: odd, user: role, password: Secret(password), tls: TLS(mode: .disable))
            try await Connection.with(parameters) { connection in
                let row = try await connection.query("SELECT current_database(), current_user").values.first
                #expect(row == [odd, role])
            }
            try await database.psql(
                #"DROP DATABASE :"odd" WITH (FORCE); DROP ROLE :"role""#, variables: ["role": role, "odd": odd])
        }
    }

    private func parameters(
        host: String = "h", port: Int = 5432, database: String = "d", user: String = "u", password: String = "p"
    ) throws -> ConnectionParameters {
        try ConnectionParameters(host: host, port: port, database: database, user: user, password: Secret(password), tls: TLS())
    }
}
