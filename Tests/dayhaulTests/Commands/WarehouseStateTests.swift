import TestKit
import Testing

@Suite("A warehouse that cannot be used", .timeLimit(.minutes(2)))
struct WarehouseStateTests {
    @Test(
        "not initialised: every command ends with status 1 and says to run init",
        arguments: ["plan", "run", "status", "tenant list", "report list"])
    func notInitialised(command: String) async throws {
        try await withOperator { boss in
            // The key file is there, so that it cannot be the reason.
            _ = try boss.write("a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n", to: "key")
            let ended = try await boss.dayhaul(command.split(separator: " ").map(String.init))
            #expect(ended.status == .exited(1), "\(ended.errors)")
            #expect(ended.errors.contains("dayhaul init"))
            #expect(ended.output.isEmpty)
        }
    }

    @Test("made by a newer program: status 1, and init changes nothing either")
    func newer() async throws {
        try await withInitialisedOperator { boss in
            try await boss.warehouse.psql("INSERT INTO _wh.schema_version VALUES (9999)")
            for command in ["plan", "init"] {
                let ended = try await boss.dayhaul(command)
                #expect(ended.status == .exited(1), "\(ended.errors)")
                #expect(ended.errors.contains("9999") && ended.errors.contains("newer dayhaul"))
            }
        }
    }

    @Test("down: status 1 within seconds, naming where it should be")
    func down() async throws {
        try await withOperator { boss in
            let port = closedPort
            let begin = ContinuousClock.now
            let ended = try await boss.dayhaul("status", "--warehouse", "host=127.0.0.1 port=\(port) dbname=w user=u password=geheim77")
            #expect(ended.status == .exited(1))
            #expect(ended.errors.contains(String(port)))
            #expect(!ended.errors.contains("geheim77"))
            #expect(ContinuousClock.now - begin < .seconds(10))
        }
    }

    @Test("owned by a login without CREATEROLE: init ends with status 1 and says what is missing")
    func lacksCreateRole() async throws {
        try await withOperator { boss in
            try await boss.warehouse.psql("ALTER ROLE \"\(boss.login)\" NOCREATEROLE")
            let ended = try await boss.dayhaul("init")
            #expect(ended.status == .exited(1))
            #expect(ended.errors.contains("CREATEROLE"))
            #expect(try await boss.warehouse.psql("SELECT to_regnamespace('_wh') IS NULL") == "t")
        }
    }

    @Test("init is safe to repeat: nothing is made twice, and the key stays")
    func initTwice() async throws {
        try await withOperator { boss in
            #expect(try await boss.dayhaul("init").status == .exited(0))
            let key = try text(of: boss.keyFile)
            let again = try await boss.dayhaul("init")
            #expect(again.status == .exited(0), "\(again.errors)")
            #expect(again.output.contains("already"))
            #expect(try text(of: boss.keyFile) == key)
        }
    }
}
