import Glibc
import TestKit
import Testing

@testable import Clusters

@Suite("A cluster's life", .timeLimit(.minutes(1)))
struct ClusterLifecycleTests {
    @Test("psql sees variables as they are, and an error carries its SQLSTATE but no data")
    func psqlAnswers() async throws {
        let cluster = try await SharedClusters.primary()
        let odd = "it's \\ \"ünï\" $1\nand more"
        #expect(try await cluster.psql("SELECT :'odd'", variables: ["odd": odd]) == odd)
        let error = await #expect(throws: ClusterError.self) {
            try await cluster.psql("CREATE TEMP TABLE t (a int UNIQUE); INSERT INTO t VALUES (4711), (4711)")
        }
        #expect(error?.code == .sqlFailed)
        #expect(error?.sqlstate == "23505")
        #expect(error?.description.contains("4711") == false)
    }

    @Test("everyone needs the password, by TCP and by the socket")
    func passwordsCount() async throws {
        let cluster = try await SharedClusters.primary()
        let error = await #expect(throws: ClusterError.self) {
            try await cluster.psql("SELECT 1", user: cluster.superuser, password: "wrong")
        }
        #expect(error?.message.contains("authentication failed") == true)
        let rules = "SELECT DISTINCT auth_method FROM pg_hba_file_rules"
        #expect(try await cluster.psql(rules) == "scram-sha-256")
    }

    @Test("a stopped cluster starts again with its data; start and stop may be repeated")
    func stopAndStart() async throws {
        try await SharedClusters.withCluster { cluster in
            try await cluster.psql("CREATE TABLE t AS SELECT 1 AS a")
            try await cluster.start()
            try await cluster.stop()
            try await cluster.stop()
            #expect(!cluster.isRunning)
            try await cluster.start()
            #expect(try await cluster.psql("SELECT a FROM t") == "1")
        }
    }

    @Test("after kill9 of all its processes a cluster recovers what was committed")
    func killAndRecover() async throws {
        try await SharedClusters.withCluster { cluster in
            try await cluster.psql("CREATE TABLE t AS SELECT generate_series(1, 1000) AS a")
            try await cluster.kill9()
            #expect(!cluster.isRunning)
            try await cluster.start()
            #expect(try await cluster.psql("SELECT count(*) FROM t") == "1000")
        }
    }

    @Test("a cluster moves away from a taken port, unless its caller chose the port")
    func takenPort() async throws {
        try await SharedClusters.withCluster { cluster in
            let taken = cluster.port
            try await withDirectory { directory in
                let fixed = try await Cluster.create(at: directory + "/fixed", port: taken, settings: SharedClusters.settings)
                let error = await #expect(throws: ClusterError.self) { try await fixed.start() }
                #expect(error?.code == .portInUse)
                #expect(!fixed.isRunning)
                let movable = try await Cluster.open(
                    at: directory + "/fixed", password: fixed.password, settings: SharedClusters.settings)
                let thief = try FaultProxy(to: 1, on: movable.port)
                defer { thief.stop() }
                try await movable.start()
                #expect(movable.port != thief.port)
                #expect(try await movable.psql("SHOW port") == String(movable.port))
                try await movable.destroy()
            }
        }
    }

    @Test("a start that fails says why, in the words of the server's log")
    func failedStart() async throws {
        try await withDirectory { directory in
            let cluster = try await Cluster.create(at: directory + "/c", settings: ["fsync": "off", "max_connections": "many"])
            let error = await #expect(throws: ClusterError.self) { try await cluster.start() }
            #expect(error?.code == .startFailed)
            #expect(error?.message.contains("max_connections") == true)
            try await cluster.destroy()
        }
    }

    @Test("a stale lock file whose process id is another's now does not keep a cluster from starting")
    func staleLock() async throws {
        try await SharedClusters.withCluster { cluster in
            let lock = cluster.directory + "/data/postmaster.pid"
            let other = try #require(try await SharedClusters.primary().postmasterPID)
            try await cluster.kill9()
            let file = try #require(fopen(lock, "r+"))
            fputs("\(other)\n", file)
            fclose(file)
            try await cluster.start()
            #expect(try await cluster.psql("SELECT 1") == "1")
        }
    }

    @Test("only a directory that a cluster was made in is ever removed")
    func foreignDirectory() async throws {
        try await withDirectory { directory in
            try PrivateFile.write("precious", to: directory + "/thesis.txt", account: .caller())
            for path in [directory, directory + "/thesis.txt"] {
                let error = await #expect(throws: ClusterError.self) { try await Cluster.destroy(at: path) }
                #expect(error?.code == .directoryNotOurs)
            }
            #expect(PrivateFile.read(directory + "/thesis.txt") == "precious")
        }
    }

    @Test("a cancelled creation leaves no process, and no directory that a removal would not take")
    func cancelledCreation() async throws {
        try await withDirectory { directory in
            let path = directory + "/c"
            let creation = Task { try await Cluster.create(at: path, settings: ["fsync": "off"]).start() }
            try await eventually("initdb to be at work", within: .seconds(20)) { Directory.exists(path + "/data/PG_VERSION") }
            creation.cancel()
            await #expect(throws: CancellationError.self) { try await creation.value }
            try await eventually("its processes to be gone", within: .seconds(10)) {
                ProcessTable.processes(workingIn: path).isEmpty && ProcessTable.processes(workingIn: path + "/data").isEmpty
            }
            try await Cluster.destroy(at: path)
            #expect(!Directory.exists(path))
        }
    }
}
