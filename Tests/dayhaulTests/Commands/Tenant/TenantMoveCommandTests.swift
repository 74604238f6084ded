import TestKit
import Testing

@Suite("Tenants that are moved", .timeLimit(.minutes(3)))
struct TenantMoveCommandTests {
    private let range = ["--from", "2025-09-01", "--to", "2025-09-03"]

    private func sees(_ boss: Operator) async throws -> String {
        try await boss.ask("SELECT schema_name, count(*) FROM public.foodlogstats GROUP BY 1 ORDER BY 1")
    }

    @Test(
        "are as complete in the new schema: every day verifies, new days come there, and the command says what it did")
    func move() async throws {
        try await withTenantSource(days: 3) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                #expect(try await boss.dayhaul("tenant", "set", "tenant_a", "--schema", "early").status == .exited(0))
                #expect(
                    try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-02").status == .exited(0))
                #expect(try await sees(boss) == "early|400")

                let set = try await boss.dayhaul("tenant", "set", "tenant_a", "--schema", "reports")
                #expect(
                    set.status == .exited(1) && set.errors.contains("dayhaul tenant move tenant_a --schema reports"),
                    "\(set.errors)")
                let previewed = try await boss.dayhaul("tenant", "move", "tenant_a", "--schema", "reports", "--dry-run")
                #expect(
                    previewed.output == """
                        would move tenant tenant_a to schema reports: 2 days
                          foodlogstats from early: 2 days moved

                        """)
                #expect(try await sees(boss) == "early|400")
                let moved = try await boss.dayhaul("tenant", "move", "tenant_a", "--schema", "reports")
                #expect(
                    moved.status == .exited(0)
                        && moved.output.hasPrefix("moved tenant tenant_a to schema reports: 2 days"))
                #expect(try await sees(boss) == "reports|400")
                let again = try await boss.dayhaul("tenant", "move", "tenant_a", "--schema", "reports")
                #expect(again.output == "tenant tenant_a has the schema reports already; nothing was moved\n")

                let ended = try await boss.dayhaul(["ingest", "--json"] + range)
                #expect(
                    try ended.document(RunDocument.self).days.map(\.outcome).sorted() == [
                        "loaded", "unchanged", "unchanged",
                    ])
                #expect(try await boss.dayhaul(["verify"] + range).status == .exited(0))
                #expect(try await sees(boss) == "reports|600")
            }
        }
    }

    @Test(
        "and not wholly yet are named by status, plan and run, with the command that finishes it"
    )
    func unfinished() async throws {
        try await withTenantSource(days: 3) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant a", source)
                #expect(try await boss.dayhaul(["ingest"] + range).status == .exited(0))
                _ = try await boss.ask("SELECT _wh.begin_move('tenant a', 'reports')")
                let command = "dayhaul tenant move 'tenant a' --schema reports"
                let status = try await boss.dayhaul("status")
                #expect(
                    status.output.contains(
                        "is being moved from schema tenant a to reports and is not loaded: \(command) finishes it"))
                let planned = try await boss.dayhaul(["plan"] + range)
                #expect(
                    planned.errors.contains(
                        "tenant tenant a is being moved to schema reports; hint: finish it: \(command)"))
                let ran = try await boss.dayhaul(["ingest"] + range)
                #expect(ran.status != .exited(0) && ran.errors.contains(command), "\(ran.errors)")
                #expect(
                    try await boss.dayhaul("tenant", "move", "tenant a", "--schema", "reports").status == .exited(0))
                let ended = try await boss.dayhaul(["ingest"] + range)
                #expect(ended.status == .exited(0), "\(ended.errors)")
            }
        }
    }

    @Test("to a schema that is another tenant's, or can be none: status 2, and all stays")
    func refused() async throws {
        try await withTenantSources(2, days: 1) { sources in
            try await withInitialisedOperator { boss in
                for (name, source) in zip(["tenant_a", "tenant_b"], sources) { try await boss.add(name, source) }
                #expect(
                    try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-01").status == .exited(0))
                for schema in ["tenant_b", "public", "two\nlines"] {
                    let ended = try await boss.dayhaul("tenant", "move", "tenant_a", "--schema", schema)
                    #expect(ended.status == .exited(2), "\(ended.errors)")
                }
                #expect(try await sees(boss) == "tenant_a|200\ntenant_b|200")
            }
        }
    }

    @Test("or added with the database of another tenant: a warning names both, when they are added, set and planned")
    func sharedSource() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                func warns(_ ended: EndedProgram) -> Bool {
                    ended.status == .exited(0)
                        && ended.errors.contains("dayhaul: warning: tenants tenant_a and tenant_b are one database")
                }
                try await boss.add("tenant_a", source)
                let connection =
                    source.options() + ["--password-file", try boss.write("\(source.password)\n", to: "pw")]
                #expect(warns(try await boss.dayhaul(["tenant", "add", "tenant_b"] + connection)))
                #expect(warns(try await boss.dayhaul(["tenant", "set", "tenant_b"] + connection)))
                let range = ["--from", "2025-09-01", "--to", "2025-09-01"]
                #expect(warns(try await boss.dayhaul(["plan"] + range)))
                #expect(warns(try await boss.dayhaul(["plan", "--json"] + range)))
                let alone = try await boss.dayhaul(["plan", "--tenant", "tenant_b"] + range)
                #expect(alone.errors == "")
            }
        }
    }
}
