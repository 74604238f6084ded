import CrashPoints
import Glibc
import TestKit
import Testing

@Suite("dayhaul init", .timeLimit(.minutes(2)))
struct InitTests {
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
