import Glibc
import TestKit

@testable import Clusters

/// An authority of a test's own, and certificates that it signs, made with the openssl program.
struct Certificates {
    let directory: String

    /// The authority's certificate.
    var authority: String { "\(directory)/ca.crt" }
    /// The certificate of another authority, which signs nothing.
    var stranger: String { "\(directory)/stranger.crt" }

    /// Makes both authorities.
    init(in directory: String) async throws {
        self.directory = directory
        for name in ["ca", "stranger"] {
            try await openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                "/CN=test \(name)",
                "-keyout", "\(name).key", "-out", "\(name).crt")
        }
    }

    /// Makes a key and a certificate for `names` (subjectAltName entries) and gives both to a cluster, which uses them from now on.
    func serve(_ cluster: Cluster, as names: String, days: Int = 2) async throws {
        try await openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=server", "-keyout",
            "server.key", "-out", "server.csr", "-addext", "subjectAltName=\(names)")
        try await openssl(
            "x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "\(days)",
            "-copy_extensions", "copy", "-out", "server.crt")
        for name in ["server.key", "server.crt"] {
            guard let text = PrivateFile.read("\(directory)/\(name)") else { throw ClusterError(.system, "openssl made no \(name)") }
            try PrivateFile.write(text, to: "\(cluster.dataDirectory)/\(name)", account: cluster.account)
        }
        try await cluster.psql("ALTER SYSTEM SET ssl = on")
        try await cluster.psql("SELECT pg_reload_conf()")
    }

    private func openssl(_ arguments: String...) async throws {
        let outcome = try await Command(program: "/usr/bin/openssl", arguments: arguments, directory: directory, deadline: .seconds(30))
            .run()
        guard outcome.succeeded else { throw ClusterError(.programFailed, "openssl: \(outcome.errors)") }
    }
}
