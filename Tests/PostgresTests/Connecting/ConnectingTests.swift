import Postgres
import TestKit
import Testing

@Suite("Connecting", .serialized, .timeLimit(.minutes(1)))
struct ConnectingTests {
    @Test("works over TCP with a scram password, and tells about the server")
    func works() async throws {
        try await withDatabase { database in
            try await database.withConnection { connection in
                #expect(connection.isOpen)
                #expect(connection.serverVersion >= 150_000)
                #expect(connection.serverParameter("server_encoding") == "UTF8")
                #expect(connection.serverParameter("nothing") == nil)
                #expect(try await connection.query("SELECT pg_backend_pid()").scalar == String(connection.backendPID))
                #expect(try await connection.query("SELECT current_database()").scalar == database.database)
                connection.close()
                #expect(!connection.isOpen)
                let error = try await postgresError { try await connection.query("SELECT 1") }
                #expect(error.code == .connectionLost)
            }
        }
    }

    @Test("with a wrong password is refused for good, and the message does not have it")
    func wrongPassword() async throws {
        try await withDatabase { database in
            let error = try await refusal(database.parameters(password: "guessed-it"))
            #expect(error.code == .connectionFailed)
            #expect(error.sqlstate?.code == "28P01")
            #expect(!error.isTransient)
            #expect(error.message.contains("password authentication failed"))
            #expect(!error.description.contains("guessed-it") && !error.description.contains(database.password))
        }
    }

    @Test("as a user who may not, or who does not exist, is refused for good")
    func noLogin() async throws {
        try await withDatabase { database in
            let role = "nologin_\(database.database)_\(Cluster.randomPassword().prefix(6))"
            try await database.psql("CREATE ROLE \(role) PASSWORD 'p'")
            let error = try await refusal(database.parameters(user: role, password: "p"))
            #expect(error.sqlstate?.code == "28000")
            #expect(!error.isTransient)
            try await database.psql("ALTER ROLE \(role) LOGIN VALID UNTIL '2001-01-01'")
            #expect(try await refusal(database.parameters(user: role, password: "p")).sqlstate?.code == "28P01")
            try await database.psql("DROP ROLE \(role)")
            #expect(try await refusal(database.parameters(user: role, password: "p")).sqlstate?.code == "28P01")
        }
    }

    @Test("to a full server fails for now", .timeLimit(.minutes(1)))
    func tooMany() async throws {
        try await withDatabase { database in
            let role = "one_\(database.database)_\(Cluster.randomPassword().prefix(6))"
            try await database.psql("CREATE ROLE \(role) LOGIN CONNECTION LIMIT 1 PASSWORD 'p'")
            let parameters = try database.parameters(user: role, password: "p")
            try await Connection.with(parameters) { _ in
                let error = try await refusal(parameters)
                #expect(error.sqlstate?.code == "53300")
                #expect(error.isTransient)
            }
            try await database.psql("DROP ROLE \(role)")
        }
    }

    @Test("to a port where nobody listens fails for now")
    func refused() async throws {
        let error = try await refusal(try unknownServer(port: closedPort))
        #expect(error.code == .connectionFailed)
        #expect(error.sqlstate == nil)
        #expect(error.isTransient)
        #expect(error.message.contains("refused"))
    }

    @Test("to a server that ends the connection at once fails for now", arguments: [Faults.Ending.close, .reset])
    func ended(_ ending: Faults.Ending) async throws {
        let primary = try await SharedClusters.primary()
        try await withFaultProxy(to: primary.port) { proxy in
            proxy.set(.toServer) { $0.cut = .init(after: 0, ending) }
            let error = try await refusal(unknownServer(port: proxy.port))
            #expect(error.code == .connectionFailed)
            #expect(error.isTransient)
        }
    }

    @Test("into a black hole ends at its deadline, for now")
    func blackHole() async throws {
        let primary = try await SharedClusters.primary()
        try await withFaultProxy(to: primary.port) { proxy in
            proxy.pause()
            var parameters = try unknownServer(port: proxy.port)
            parameters.deadlines.connect = .milliseconds(300)
            let start = ContinuousClock.now
            let error = try await refusal(parameters)
            #expect(error.code == .connectDeadlineExceeded)
            #expect(error.isTransient)
            #expect(error.message.contains("127.0.0.1:\(proxy.port)"))
            #expect(ContinuousClock.now - start >= .milliseconds(300))
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test("ends when its task is cancelled")
    func cancelled() async throws {
        let primary = try await SharedClusters.primary()
        try await withFaultProxy(to: primary.port) { proxy in
            proxy.pause()
            let parameters = try unknownServer(port: proxy.port)
            let task = Task { try await Connection.with(parameters) { _ in } }
            try await eventually("the connection to be accepted", within: .seconds(10)) { proxy.accepted == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await eventually("the connection to be closed", within: .seconds(10)) {
                proxy.resume()
                return proxy.open == 0
            }
        }
    }

    @Test("to a name that does not resolve fails for now")
    func unresolved() async throws {
        // Longer than a label may be (RFC 1035), so no server is asked.
        let host = String(repeating: "x", count: 64)
        let parameters = try ConnectionParameters(
            host: host, port: 5432, database: "d", user: "u", password: Secret("p"), tls: TLS(mode: .disable))
        let error = try await refusal(parameters)
        #expect(error.code == .nameNotResolved)
        #expect(error.isTransient)
        #expect(error.message.contains(host))
    }

    @Test("to a name goes to its addresses in turn")
    func addresses() async throws {
        try await withDatabase { database in
            let parameters = try ConnectionParameters(
                host: "localhost", port: database.port, database: database.database, user: database.superuser,
                password: Secret(database.password), tls: TLS(mode: .disable))
            let answer = try await Connection.with(parameters) { try await $0.query("SELECT host(inet_client_addr())").scalar }
            #expect(answer == "127.0.0.1")
        }
    }

    @Test("tries the next host of an operator's list, in order")
    func hostList() async throws {
        try await withDatabase { database in
            let parameters = try ConnectionParameters(
                conninfo: "host=127.0.0.1,localhost port=\(closedPort),\(database.port) dbname=\(database.database)"
                    + " user=\(database.superuser) password=\(database.password)")
            let answer = try await Connection.with(parameters) { try await $0.query("SELECT 1").scalar }
            #expect(answer == "1")
        }
    }

    @Test("reaches an operator's server by its local socket")
    func localSocket() async throws {
        try await withDatabase { database in
            guard let directory = database.cluster.socketDirectory else {
                try Test.cancel("the cluster's directory is too long for a socket")
            }
            let parameters = try ConnectionParameters(
                conninfo:
                    "host=\(directory) port=\(database.port) dbname=\(database.database) user=\(database.superuser) password=\(database.password)"
            )
            let answer = try await Connection.with(parameters) { try await $0.query("SELECT inet_client_addr()").scalar }
            #expect(answer == nil)
        }
    }

    private func unknownServer(port: Int) throws -> ConnectionParameters {
        try ConnectionParameters(
            host: "127.0.0.1", port: port, database: "d", user: "u", password: Secret("p"), tls: TLS(mode: .disable))
    }

    private func refusal(_ parameters: ConnectionParameters) async throws -> PostgresError {
        try await postgresError { try await Connection.with(parameters) { _ in } }
    }
}
