import Postgres
import TestKit
import Testing

@testable import Clusters

/// A cluster that speaks TLS with a certificate for `localhost`; user `trusted` gets into it without a password, `rejected`
/// not at all; `plain` is asked for the password itself, `digest` for its MD5, and `endless` for 2³¹ − 1 SCRAM iterations.
struct TLSServer: Sendable {
    let cluster: Cluster
    let certificates: Certificates

    /// The server of the suite that is running.
    @TaskLocal static var current: TLSServer?

    func parameters(host: String = "localhost", port: Int? = nil, user: String = "postgres", _ tls: TLS) throws -> ConnectionParameters {
        try ConnectionParameters(
            host: host, port: port ?? cluster.port, database: "postgres", user: user, password: Secret(cluster.password), tls: tls)
    }

    /// The error of a connection that must not come about.
    func refusal(host: String = "localhost", port: Int? = nil, user: String = "postgres", _ tls: TLS) async throws -> PostgresError {
        let parameters = try parameters(host: host, port: port, user: user, tls)
        return try await postgresError { try await Connection.with(parameters) { _ in } }
    }

    /// What the server says of the connection's encryption; nil for none.
    func encryption(host: String = "localhost", user: String = "postgres", _ tls: TLS) async throws -> String? {
        try await Connection.with(parameters(host: host, user: user, tls)) {
            try await $0.query("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").scalar
        }
    }
}

/// Starts a ``TLSServer`` before the first test of a suite and destroys it after the last.
struct TLSServerTrait: SuiteTrait, TestScoping {
    /// 32 bytes in Base64, of which nobody knows what they prove.
    private var verifier: String { String(repeating: "A", count: 43) + "=" }

    @concurrent
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await SharedClusters.withCluster { cluster in
            try await withDirectory { directory in
                let certificates = try await Certificates(in: directory)
                try await cluster.psql("CREATE ROLE trusted LOGIN; CREATE ROLE rejected LOGIN")
                let passwords = ["password": cluster.password]
                try await cluster.psql(
                    """
                    CREATE ROLE plain LOGIN PASSWORD :'password';
                    SET password_encryption = 'md5'; CREATE ROLE digest LOGIN PASSWORD :'password'; RESET password_encryption;
                    -- CREATE ROLE would compute them.
                    CREATE ROLE endless LOGIN;
                    UPDATE pg_authid SET rolpassword = 'SCRAM-SHA-256$2147483647:c2FsdHNhbHRzYWx0c2E=$\(verifier):\(verifier)'
                    WHERE rolname = 'endless'
                    """, variables: passwords)
                let path = "\(cluster.dataDirectory)/pg_hba.conf"
                let methods = [("trusted", "trust"), ("rejected", "reject"), ("plain", "password"), ("digest", "md5")]
                let rules = methods.map { "host all \($0) all \($1)\n" }.joined()
                try PrivateFile.write(rules + (PrivateFile.read(path) ?? ""), to: path, account: cluster.account)
                try await certificates.serve(cluster, as: "DNS:localhost")
                let server = TLSServer(cluster: cluster, certificates: certificates)
                try await eventually("the server to speak TLS", within: .seconds(20)) {
                    (try? await server.encryption(TLS(mode: .verifyFull, authorities: certificates.authority))) != nil
                }
                try await TLSServer.$current.withValue(server, operation: function)
            }
        }
    }
}
