import CrashPoints
import TestKit
import Testing

@Suite("The command day", .timeLimit(.minutes(5)))
struct DayCommandTests {
    private struct First: Decodable {
        struct Span: Decodable, Equatable {
            let from: String
            let to: String
        }

        let firstDay: String?
        let dropped: [Span]
    }

    private struct Status: Decodable {
        struct Coverage: Decodable {
            let gaps: Int
            let gapsFrom: String?
        }

        let coverage: [Coverage]
    }

    /// A tenant with the days from 2025-09-02 to 2025-09-06 of foodlogstats.
    private func withDays(_ body: (Operator) async throws -> Void) async throws {
        try await withTenantSource(days: 8, rowsPerDay: 50) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let loaded = try await boss.dayhaul("ingest", "--from", "2025-09-02", "--to", "2025-09-06")
                try #require(loaded.status == .exited(0), "\(loaded.errors)")
                try await body(boss)
            }
        }
    }

    private static let of = ["tenant_a", "foodlogstats"]

    private func planned(_ boss: Operator, _ arguments: String...) async throws -> [String] {
        try await boss.dayhaul(["plan", "--json"] + arguments).document(PlanDocument.self).days.map(\.day).filter {
            $0 < "2025-10"
        }
    }

    @Test(
        "first shows and sets from which day on gaps are filled; a day that looks mistyped asks for --yes, there and in ingest"
    )
    func first() async throws {
        try await withDays { boss in
            let shown = try await boss.dayhaul(["day", "first"] + Self.of)
            #expect(shown.output == "tenant_a foodlogstats: gaps are filled from 2025-09-02 on\n", "\(shown.errors)")
            #expect(try await planned(boss).first == "2025-09-07")
            #expect(
                try await boss.dayhaul(["day", "first"] + Self.of + ["2025-09-01", "--dry-run"]).status == .exited(0))
            #expect(try await planned(boss).first == "2025-09-07")
            #expect(try await boss.dayhaul(["day", "first"] + Self.of + ["2025-09-01"]).status == .exited(0))
            #expect(try await planned(boss).prefix(2) == ["2025-09-01", "2025-09-07"])
            for command in [
                ["day", "first"] + Self.of + ["0025-09-01"], ["ingest", "--from", "0025-09-24", "--to", "0025-09-24"],
                ["plan", "--from", "2015-08-31", "--to", "2025-08-01"],
                ["verify", "--from", "0025-09-24", "--to", "0025-09-24", "--repair"],
            ] {
                let refused = try await boss.dayhaul(command)
                #expect(
                    refused.status == .exited(2) && refused.errors.contains("--yes"), "\(command): \(refused.errors)")
            }
            // Whoever means it gets it, and no night is longer for it.
            let meant = try await boss.dayhaul("ingest", "--from", "0025-09-24", "--to", "0025-09-24", "--yes")
            #expect(meant.status == .exited(0), "\(meant.errors)")
            #expect(try await planned(boss).prefix(2) == ["2025-09-01", "2025-09-07"])
            let dropped = try await boss.dayhaul(
                ["day", "drop"] + Self.of + ["--from", "0025-09-24", "--to", "0025-09-24", "--confirm", "tenant_a"])
            #expect(dropped.status == .exited(0), "\(dropped.errors)")
            #expect(try await boss.ask("SELECT min(day) FROM _wh.ledger") == "2025-09-02")
        }
    }

    @Test("drop removes days for good: no plan, run, verification or gap has them, until restore brings them back")
    func dropAndRestore() async throws {
        try await withDays { boss in
            let span = ["--from", "2025-09-03", "--to", "2025-09-04"]
            let preview = try await boss.dayhaul(["day", "drop"] + Self.of + span + ["--dry-run"])
            #expect(
                preview.status == .exited(0) && preview.output.contains("2025-09-03  2025-09-04     2   100"),
                "\(preview.output)")
            #expect(try await boss.dayhaul(["day", "drop"] + Self.of + span).status == .exited(2))
            #expect(try await boss.ask("SELECT count(*) FROM _wh.ledger") == "5")
            let dropped = try await boss.dayhaul(["day", "drop"] + Self.of + span + ["--confirm", "tenant_a"])
            #expect(dropped.status == .exited(0), "\(dropped.errors)")
            let restore = "dayhaul day restore tenant_a foodlogstats --from 2025-09-03 --to 2025-09-04"
            #expect(dropped.output.contains(restore))

            #expect(
                try await boss.ask("SELECT string_agg(day::text, ' ' ORDER BY day) FROM _wh.ledger")
                    == "2025-09-02 2025-09-05 2025-09-06")
            #expect(try await boss.ask("SELECT count(*) FROM public.foodlogstats") == "150")
            #expect(try await planned(boss).first == "2025-09-07")
            let asked = try await boss.dayhaul("ingest", "--from", "2025-09-02", "--to", "2025-09-05", "--json")
            #expect(asked.status == .exited(0) && asked.errors.contains(restore), "\(asked.errors)")
            #expect(try asked.document(RunDocument.self).days.map(\.day) == ["2025-09-02", "2025-09-05"])
            let alone = try await boss.dayhaul(["ingest"] + span)
            #expect(alone.status == .exited(0) && alone.output == "nothing to do\n", "\(alone.output)")
            let verified = try await boss.dayhaul("verify", "--from", "2025-09-02", "--to", "2025-09-06", "--json")
            #expect(verified.status == .exited(0), "\(verified.errors)")
            #expect(try verified.document(VerifyDocument.self).days.map(\.state) == ["OK", "OK", "OK"])
            #expect(
                try await boss.ask(
                    "SELECT _wh.days_in(_wh.missing_days('tenant_a', 'foodlogstats', '2025-09-02', '2025-09-06', 'UTC'))"
                ) == "0")
            let status = try #require(
                try await boss.dayhaul("status", "--json").document(Status.self).coverage.first)
            let gaps = try await boss.ask("SELECT (now() AT TIME ZONE 'UTC')::date - DATE '2025-09-02' + 1 - 5")
            #expect(status.gapsFrom == "2025-09-02" && "\(status.gaps)" == gaps)
            let shown = try await boss.dayhaul(["day", "first", "--json"] + Self.of).document(First.self)
            #expect(
                shown.firstDay == "2025-09-02" && shown.dropped == [First.Span(from: "2025-09-03", to: "2025-09-04")])

            let restored = try await boss.dayhaul(Array(restore.split(separator: " ").dropFirst().map(String.init)))
            #expect(restored.status == .exited(0) && restored.output.contains("restored 2 days"), "\(restored.errors)")
            #expect(try await planned(boss).prefix(2) == ["2025-09-03", "2025-09-04"])
            #expect(try await boss.dayhaul(["ingest"] + span).status == .exited(0))
            #expect(try await boss.ask("SELECT count(*) FROM public.foodlogstats") == "250")
        }
    }

    @Test(
        "drop that is killed is ended by the same command, and a worker reads no day of a request that was dropped meanwhile"
    )
    func interrupted() async throws {
        try await withDays { boss in
            let variable = try #require(CrashPoint.variable)
            try await boss.whadmin(
                "SELECT _wh.update_mv_window_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-02', '2025-09-08')")
            let command =
                ["day", "drop"] + Self.of + ["--from", "2025-09-01", "--to", "2025-09-04", "--confirm", "tenant_a"]
            #expect(
                try await boss.dayhaul(command, environment: [variable: "days.dropped"]).status == .killed(signal: 9))
            #expect(try await boss.ask("SELECT dropped FROM _wh.report_targets") == "{[2025-09-01,2025-09-05)}")
            // As a removal that was killed before the first of its steps leaves it.
            _ = try await boss.ask(
                """
                UPDATE _wh.report_targets SET dropped = '{}';
                """)
            #expect(try await boss.dayhaul("ingest", "--from", "2025-09-03", "--to", "2025-09-03").status == .exited(0))
            _ = try await boss.ask("UPDATE _wh.report_targets SET dropped = '{[2025-09-01,2025-09-05)}'")
            #expect(try await boss.dayhaul("verify", "--from", "2025-09-03", "--to", "2025-09-06").status == .exited(0))
            let ended = try await boss.dayhaul(command)
            #expect(
                ended.status == .exited(0) && ended.output.contains("1 day with 50 rows"),
                "\(ended.errors)\(ended.output)")

            let drained = try await boss.dayhaul("worker", "--drain")
            #expect(drained.status == .exited(0), "\(drained.errors)")
            #expect(
                try await boss.ask("SELECT string_agg(day::text, ' ' ORDER BY day) FROM _wh.ledger")
                    == "2025-09-05 2025-09-06 2025-09-07 2025-09-08")
            #expect(try await boss.whadmin("SELECT state, days_planned, days_done FROM _wh.requests") == "done|4|4")
        }
    }
}
