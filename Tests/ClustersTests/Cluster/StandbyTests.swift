import Clusters
import TestKit
import Testing

@Suite("A hot standby", .timeLimit(.minutes(1)))
struct StandbyTests {
    @Test("shows what the primary committed, and refuses to write")
    func replaysAndRefuses() async throws {
        try await withStandbyDatabase { both in
            try await both.primary.psql("CREATE TABLE t AS SELECT generate_series(1, 5000) AS a")
            try await both.replay()
            #expect(try await both.standby.psql("SELECT count(*) FROM t") == "5000")
            let error = await #expect(throws: ClusterError.self) { try await both.standby.psql("DELETE FROM t") }
            #expect(error?.sqlstate == "25006")
        }
    }

    @Test("follows its primary to another port after both were stopped")
    func followsAMovedPrimary() async throws {
        try await SharedClusters.withCluster { primary in
            try await SharedClusters.withStandby(of: primary) { standby in
                try await standby.stop()
                try await primary.stop()
                let moved = try await Cluster.open(at: primary.directory, password: primary.password, settings: primary.settings)
                let follower = try await Cluster.open(
                    at: standby.directory, password: standby.password, settings: standby.settings, primaryPort: moved.port)
                try await moved.start()
                try await follower.start()
                try await moved.psql("CREATE TABLE t AS SELECT 1 AS a")
                try await follower.waitForReplay(of: moved)
                #expect(try await follower.psql("SELECT a FROM t") == "1")
                try await follower.stop()
                try await moved.stop()
            }
        }
    }

    @Test("is waited for although replay ends the sessions that ask it, while they connect")
    func conflicts() async throws {
        try await SharedClusters.withCluster { primary in
            try await SharedClusters.withStandby(of: primary, settings: ["max_standby_streaming_delay": "0"]) { standby in
                // Every session reads these two while it connects, and a table that is rewritten is locked on the standby too.
                async let rewritten = primary.psql(
                    String(repeating: "VACUUM FULL pg_authid; VACUUM FULL pg_database;\n", count: 60), deadline: .seconds(50))
                for _ in 0..<25 { try await standby.waitForReplay(of: primary) }
                _ = try await rewritten
                try await standby.waitForReplay(of: primary)
            }
        }
    }

    @Test("becomes a primary of its own when promoted")
    func promotes() async throws {
        try await SharedClusters.withCluster { primary in
            try await SharedClusters.withStandby(of: primary) { standby in
                try await standby.promote()
                try await standby.psql("CREATE TABLE t ()")
                #expect(try await standby.psql("SELECT pg_is_in_recovery()") == "f")
            }
        }
    }
}
