import Testing

@testable import Clusters

@Suite("What servers read and write")
struct ServerFilesTests {
    @Test("a lock file tells process, port and readiness")
    func postmasterFile() {
        let text = "4711\n/data\n1700000000\n54321\n/sockets\n127.0.0.1\n  1234 5678\nready   \n"
        #expect(PostmasterFile(text)?.processID == 4711)
        #expect(PostmasterFile(text)?.port == 54321)
        #expect(PostmasterFile(text)?.isReady == true)
        #expect(PostmasterFile("4711\n/data\n")?.isReady == false)
        #expect(PostmasterFile("") == nil)
        #expect(PostmasterFile("-1\n") == nil)
    }

    @Test("a process is known by its name, whatever characters that has")
    func processStatus() {
        #expect(ProcessStatus("7 (postgres) S 1 7")?.isServerProgram == true)
        #expect(ProcessStatus("7 (postgres) Z 1 7")?.isServerProgram == false)
        #expect(ProcessStatus("7 (a) (b) R 1 7")?.name == "a) (b")
        #expect(ProcessStatus("7 (bash) S 1 7")?.isServerProgram == false)
        #expect(ProcessStatus("") == nil)
    }

    @Test("settings are quoted, and the caller's lose against where the server listens")
    func settings() {
        var settings = ServerSettings(port: 5433, socketDirectory: nil, chosen: ["port": "1", "search_path": "a'b\\c"])
        settings.follow(port: 5432, name: "s", passwordFile: "/it's")
        #expect(
            settings.text == #"""
                hot_standby = 'on'
                listen_addresses = '127.0.0.1'
                log_timezone = 'UTC'
                port = '5433'
                primary_conninfo = 'application_name=''s'' host=''127.0.0.1'' passfile=''/it\\''s'' port=''5432'' user=''s'''
                primary_slot_name = 's'
                search_path = 'a''b\\c'
                timezone = 'UTC'
                unix_socket_directories = ''

                """#)
    }

    @Test("psql variables are quoted, and a name that psql would not take is refused")
    func psqlScript() throws {
        #expect(try PsqlScript("SELECT :'a'", variables: ["a": "x'y\\z\n"]).text == "\\set a 'x\\'y\\\\z\\n'\nSELECT :'a'\n")
        #expect(throws: ClusterError.self) { try PsqlScript("", variables: ["a b": ""]) }
    }

    @Test("of a program's output only telling lines are kept, and none that may hold data")
    func messages() {
        let messages = ServerMessages("noise\nERROR:  23505: duplicate key\nDETAIL:  Key (a)=(secret) exists.\n")
        #expect(messages.text == "ERROR:  23505: duplicate key")
        #expect(messages.sqlstate == "23505")
        #expect(ServerMessages("").text == "it printed nothing")
    }

    @Test("a standby's name is one that a slot may have")
    func standbyName() {
        #expect(Cluster.standbyName(for: "/tmp/x/Tenant-A.2é") == "standby_tenant_a_2_")
        #expect(Cluster.standbyName(for: "/" + String(repeating: "a", count: 100)).utf8.count == 63)
    }

    @Test("a fleet's state survives writing and reading, and keeps passwords")
    func fleetState() {
        var state = FleetState()
        state.tenants = 3
        state[portOf: "warehouse"] = 5432
        let password = state.password("warehouse.boss")
        #expect(password.utf8.count == 32)
        var copy = FleetState(state.text)
        #expect(copy == state)
        #expect(copy.password("warehouse.boss") == password)
        #expect(copy.holds(port: 5432))
        #expect(FleetState("garbage\n").tenants == 0)
    }

    @Test("ports are free and never given twice")
    func ports() throws {
        let ports = try (0..<50).map { _ in try freePort() }
        #expect(Set(ports).count == 50)
        #expect(!isFree(port: 0))
        #expect(!isFree(port: 70000))
    }
}
