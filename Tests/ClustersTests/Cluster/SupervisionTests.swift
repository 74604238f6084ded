import Glibc
import TestKit
import Testing

@testable import Clusters

@Suite("A supervised server", .timeLimit(.minutes(1)))
struct SupervisionTests {
    @Test("dies with its process, even when that is killed with SIGKILL")
    func diesWithItsProcess() async throws {
        try await withDirectory { directory in
            let cluster = try await Cluster.create(at: directory + "/c", settings: ["fsync": "off"])
            let environment = ["CLUSTER": cluster.directory, "CLUSTER_PASSWORD": cluster.password]
            #expect(try await !rerun("startAndBeKilled", environment: environment))
            #expect(PrivateFile.size(of: cluster.logFile) > 0, "the child did start the server")
            try await eventually("the server to follow", within: .seconds(20)) { !cluster.isRunning }
            try await cluster.destroy()
        }
    }

    @Test("(the process that the test above runs)", .enabled(if: getenv("CLUSTER") != nil))
    func startAndBeKilled() async throws {
        let directory = try #require(getenv("CLUSTER").map { String(cString: $0) })
        let password = try #require(getenv("CLUSTER_PASSWORD").map { String(cString: $0) })
        let cluster = try await Cluster.open(at: directory, password: password)
        try await cluster.start()
        _ = try await cluster.psql("SELECT 1")
        kill(getpid(), SIGKILL)
    }

    @Test("ends when its cluster is released")
    func diesWithItsObject() async throws {
        try await withDirectory { directory in
            var cluster: Cluster? = try await Cluster.create(at: directory + "/c", settings: ["fsync": "off"])
            try await cluster?.start()
            let password = try #require(cluster?.password)
            cluster = nil
            let other = try await Cluster.open(at: directory + "/c", password: password)
            try await eventually("the server to follow", within: .seconds(20)) { !other.isRunning }
            try await other.destroy()
        }
    }

    @Test("a detached one outlives its cluster's object")
    func detachedStays() async throws {
        try await withDirectory { directory in
            var cluster: Cluster? = try await Cluster.create(at: directory + "/c", settings: ["fsync": "off"], lifetime: .detached)
            try await cluster?.start()
            let (password, port) = try #require(cluster.map { ($0.password, $0.port) })
            cluster = nil
            let other = try await Cluster.open(at: directory + "/c", password: password, lifetime: .detached)
            #expect(other.port == port)
            #expect(try await other.psql("SELECT 1") == "1")
            try await other.destroy()
        }
    }
}
