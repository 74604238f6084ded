import TestKit
import Testing

@Suite("Reports that are renamed", .timeLimit(.minutes(3)))
struct ReportRenameCommandTests {
    @Test(
        "are as complete as before: every day verifies, new days join them, and the old name is free for another report"
    )
    func rename() async throws {
        try await withTenantSource(days: 3) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                #expect(
                    try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-02").status == .exited(0))
                let previewed = try await boss.dayhaul("report", "rename", "foodlogstats", "waste", "--dry-run")
                #expect(
                    previewed.output == """
                        would rename report foodlogstats to waste
                        views that get the new name: public.foodlogstats, tenant_a.foodlogstats
                        3 tables of its days keep their names

                        """)
                #expect(try await boss.ask("SELECT count(*) FROM public.foodlogstats") == "400")
                let renamed = try await boss.dayhaul("report", "rename", "foodlogstats", "waste")
                #expect(renamed.status == .exited(0), "\(renamed.errors)")

                try await boss.psql(file: "template-foodlogstats.sql")
                let range = ["--from", "2025-09-01", "--to", "2025-09-03"]
                let ended = try await boss.dayhaul(["ingest", "--json"] + range)
                #expect(ended.status == .exited(0), "\(ended.errors)")
                let outcomes = try ended.document(RunDocument.self).days.map(\.outcome).sorted()
                #expect(outcomes == ["loaded", "loaded", "loaded", "loaded", "unchanged", "unchanged"])
                let verified = try await boss.dayhaul(["verify"] + range)
                #expect(verified.status == .exited(0), "\(verified.errors)")
                #expect(
                    try await boss.ask(
                        "SELECT (SELECT count(*) FROM public.waste), (SELECT count(*) FROM public.foodlogstats)")
                        == "600|600")
            }
        }
    }

    @Test("to a name that is taken or cannot be one, or are none: status 2, and all stays")
    func refused() async throws {
        try await withInitialisedOperator { boss in
            try await boss.psql(file: "template-daily-store-summary.sql")
            for (names, said) in [
                (["foodlogstats", "daily_store_summary"], "already"),
                (["foodlogstats", "two\nlines"], "cannot be that of a report"),
                (["foodlogstats", "daily_store_summary_days"], "table of report daily_store_summary"),
                (["nothing", "something"], "there are"),
            ] {
                let ended = try await boss.dayhaul(["report", "rename"] + names)
                #expect(ended.status == .exited(2) && ended.errors.contains(said), "\(ended.errors)")
            }
            #expect(try await boss.dayhaul("report", "list").output.contains("foodlogstats"))
        }
    }
}
