import TestKit
import Testing

@Suite("Settings", .timeLimit(.minutes(2)))
struct SettingsTests {
    @Test("a flag beats the environment, that beats the file, and that beats the default")
    func precedence() async throws {
        try await withInitialisedOperator { boss in
            let right = boss.conninfo
            let wrong = right.replacing("dbname=\(boss.warehouse.database)", with: "dbname=no_such_database")
            let rightFile = try boss.write("warehouse: \"\(right)\"\n", to: "right.yaml")
            let wrongFile = try boss.write("warehouse: \"\(wrong)\"\n", to: "wrong.yaml")
            func status(_ arguments: [String], _ environment: [String: String?]) async throws -> EndedProgram.Status {
                try await boss.dayhaul(["status"] + arguments, environment: environment).status
            }
            #expect(try await status([], ["DAYHAUL_WAREHOUSE": nil]) == .exited(2))
            #expect(try await status(["--config", rightFile], ["DAYHAUL_WAREHOUSE": nil]) == .exited(0))
            #expect(try await status([], ["DAYHAUL_WAREHOUSE": nil, "DAYHAUL_CONFIG": rightFile]) == .exited(0))
            #expect(try await status(["--config", rightFile], ["DAYHAUL_WAREHOUSE": wrong]) == .exited(1))
            #expect(try await status(["--config", wrongFile], ["DAYHAUL_WAREHOUSE": right]) == .exited(0))
            #expect(try await status(["--config", wrongFile, "--warehouse", right], ["DAYHAUL_WAREHOUSE": wrong]) == .exited(0))
            #expect(try await status(["--config", rightFile, "--warehouse", wrong], ["DAYHAUL_WAREHOUSE": right]) == .exited(1))
        }
    }

    @Test("limits come from the environment, then from dayhaul.yaml where the program stands, then from the default")
    func limits() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                func slices(_ environment: [String: String?] = [:]) async throws -> String {
                    let plan = try await boss.dayhaul(["plan", "--from", "2025-09-01", "--to", "2025-09-30"], environment: environment)
                    return try #require(plan.output.split(separator: "\n").last.map(String.init), "\(plan.errors)")
                }
                #expect(try await slices().contains("30 days in 1 slice;"))
                _ = try boss.write("limits:\n  sliceDays: 5\n", to: "dayhaul.yaml")
                #expect(try await slices().contains("30 days in 6 slices"))
                #expect(try await slices(["DAYHAUL_LIMITS_SLICE_DAYS": "2"]).contains("30 days in 15 slices"))
            }
        }
    }

    @Test("the key file is ~/.config/dayhaul/key, mode 0600, when nobody says otherwise")
    func defaultKeyFile() async throws {
        try await withOperator { boss in
            let made = try await boss.dayhaul("init", environment: ["DAYHAUL_KEY_FILE": nil])
            #expect(made.status == .exited(0), "\(made.errors)")
            #expect(try mode(of: "\(boss.home)/.config/dayhaul/key") == 0o600)
            #expect(try mode(of: "\(boss.home)/.config/dayhaul") == 0o700)
        }
    }
}
