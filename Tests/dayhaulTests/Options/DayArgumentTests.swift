import TestKit
import Testing

@Suite("Days on the command line", .timeLimit(.minutes(3)))
struct DayArgumentTests {
    @Test(
        "that are no days are refused, and the message says what is wrong with them",
        arguments: [
            ("2026-11-31", "November 2026 has 30 days"), ("2025-02-29", "February 2025 has 28 days"),
            ("2026-13-01", "there is no month 13"),
            ("2026-11-7", "write 2026-11-07"), ("2026/11/07", "write 2026-11-07"), ("2026.1.2", "write 2026-01-02"),
            ("0000-01-01", "there is no year 0"), ("tomorrow", "once it has begun"), ("infinity", "yesterday"), ("7.11.2026", "2025-09-01"),
            ("-9999", "more than ten years"), ("-0", "yesterday"), ("", "yesterday"), ("--to", "yesterday"),
        ])
    func mistakes(text: String, reason: String) async throws {
        try await withDirectory { directory in
            let program = DayhaulProgram(environment: ["HOME": directory], directory: directory)
            for arguments in [
                ["ingest", "--from", text, "--to", "2025-09-02"], ["verify", "--from", "2025-09-01", "--to", text],
                ["report", "check", "r", "--day", text],
            ] {
                let ended = try await program.run(arguments)
                #expect(ended.status == .exited(2))
                #expect(ended.errors.contains(reason), "\(arguments): \(ended.errors)")
            }
        }
    }

    @Test(
        "are given as a range or as the last ones, not half and not both",
        arguments: [
            (["ingest"], "--last 7"), (["verify", "--from", "yesterday"], "--to is missing"),
            (["plan", "--to", "today"], "--from is missing"),
            (["ingest", "--last", "7", "--from", "-7", "--to", "today"], "--last, or --from and --to"),
            (["plan", "--last", "0"], "1 to 3660"),
        ])
    func half(arguments: [String], reason: String) async throws {
        try await withDirectory { directory in
            let ended = try await DayhaulProgram(environment: ["HOME": directory], directory: directory).run(arguments)
            #expect(ended.status == .exited(2) && ended.errors.contains(reason), "\(ended.errors)")
        }
    }

    @Test("are counted back from today in the report's time zone, by the warehouse's clock, for every command with a range")
    func relative() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                // Of these two zones one is a day ahead of the other at any time.
                for zone in ["Pacific/Kiritimati", "Etc/GMT+12"] {
                    _ = try await boss.ask("UPDATE _wh.mv_templates SET time_zone = '\(zone)'")
                    func days(_ arguments: String...) async throws -> [String] {
                        let plan = try await boss.dayhaul(["plan", "--json"] + arguments)
                        #expect(plan.status == .exited(0), "\(plan.errors)")
                        return try plan.document(PlanDocument.self).days.map(\.day)
                    }
                    func expected(_ first: Int, _ last: Int) async throws -> [String] {
                        let days = try await boss.ask(
                            """
                            SELECT (now() AT TIME ZONE '\(zone)')::date - n FROM generate_series(\(first), \(last), -1) n
                            """)
                        return days.split(separator: "\n").map(String.init)
                    }
                    #expect(try await days("--last", "7").sorted() == expected(6, 0))
                    #expect(try await days("--from", "-7", "--to", "yesterday").sorted() == expected(7, 1))
                    #expect(try await days("--from", "today", "--to", "today").sorted() == expected(0, 0))
                }
                for command in [["ingest", "--dry-run"], ["verify"]] {
                    let ended = try await boss.dayhaul(command + ["--last", "1", "--json"])
                    #expect(ended.output.contains(#""day" : "20"#), "\(command): \(ended.errors)")
                }
                let checked = try await boss.dayhaul("report", "check", "foodlogstats", "--day", "-1")
                #expect(checked.status == .exited(0), "\(checked.errors)")
            }
        }
    }
}
