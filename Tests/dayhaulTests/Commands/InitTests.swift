import CrashPoints
import Glibc
import TestKit
import Testing

@Suite("dayhaul init", .timeLimit(.minutes(2)))
struct InitTests {
    @Test("on a standby says that it takes no writes and what to do; without a password where it belongs; without TLS how to go without")
    func refused() async throws {
        try await withStandbyDatabase { both in
            try await withDirectory { home in
                func errors(_ conninfo: String) async throws -> String {
                    let program = DayhaulProgram(
                        environment: ["HOME": home, "DAYHAUL_KEY_FILE": "\(home)/key", "DAYHAUL_WAREHOUSE": conninfo], directory: home)
                    let ended = try await program.run(["init"])
                    #expect(ended.status == .exited(1), "\(ended.errors)")
                    return ended.errors
                }
                let standby = try await errors(both.standby.conninfo(port: both.standby.port))
                #expect(standby.contains("takes no writes: it is a standby") && standby.contains("connect to the primary"), "\(standby)")
                let server = "host=\(Cluster.host) port=\(both.primary.port) dbname=\(both.primary.database)"
                try await both.primary.psql("CREATE ROLE \"init_\(both.primary.database)\" LOGIN PASSWORD 'x'")
                let none = try await errors("\(server) user=init_\(both.primary.database)")
                #expect(none.contains("no password supplied") && none.contains("~/.pgpass"), "\(none)")
                let wrong = try await errors("\(server) user=init_\(both.primary.database) password=y")
                #expect(wrong.contains("28P01") && wrong.contains("check user= in the connection string"), "\(wrong)")
                let plain = try await errors("\(server) user=init_\(both.primary.database) sslmode=require")
                #expect(plain.contains("sslmode=disable in the connection string") && !plain.contains("--sslmode"), "\(plain)")
                try await both.primary.psql("DROP ROLE \"init_\(both.primary.database)\"")
            }
        }
    }

    @Test("killed before its last word has made nothing; given again, all of it (fault 68)")
    func killed() async throws {
        try await withOperator { boss in
            let variable = try #require(CrashPoint.variable)
            let killed = try await boss.dayhaul("init", environment: [variable: CrashPoint.schemaMigrated.rawValue])
            #expect(killed.status == .killed(signal: SIGKILL), "\(killed.errors)")
            try await eventually("the end of its session", within: .seconds(20)) {
                try await boss.warehouse.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = '\(boss.login)'") == "0"
            }
            #expect(try await boss.warehouse.psql("SELECT to_regnamespace('_wh') IS NULL") == "t")
            #expect(try await boss.dayhaul("init").status == .exited(0))
            #expect(try await boss.dayhaul("status").status == .exited(0))
        }
    }
}
