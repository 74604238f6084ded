import TestKit
import Testing

@Suite("The way from nothing to a loaded warehouse, typed by hand", .timeLimit(.minutes(4)))
struct FirstLoadTests {
    @Test("a login with CREATEROLE that owns the database gets from init to verify, over TCP with passwords, from hot standbys")
    func everyStep() async throws {
        try await withTenantSources(3, days: 5) { sources in
            try await withOperator { boss in
                let initialised = try await boss.dayhaul("init")
                #expect(initialised.status == .exited(0), "\(initialised.errors)")
                #expect(initialised.output.contains(boss.keyFile))
                #expect(try await boss.warehouse.psql("SELECT rolsuper FROM pg_roles WHERE rolname = '\(boss.login)'") == "f")

                try await addThreeWays(sources, boss)
                try await boss.psql(file: "template-foodlogstats.sql")
                let plan = try await boss.dayhaul("plan", "--from", "2025-09-01", "--to", "2025-09-05", "--json").document(
                    PlanDocument.self)
                #expect(plan.days.count == 15)
                #expect(plan.days.allSatisfy { $0.reason == "missing" && $0.schema == $0.tenant && $0.report == "foodlogstats" })

                try await ingestAll(boss)
                let verified = try await boss.dayhaul("verify", "--from", "2025-09-01", "--to", "2025-09-05", "--json")
                #expect(verified.status == .exited(0))
                #expect(try verified.document(VerifyDocument.self).days.map(\.state) == Array(repeating: "OK", count: 15))

                let status = try await boss.dayhaul("status")
                #expect(status.status == .exited(0))
                #expect(status.output.contains("tenant_c") && status.output.contains("2025-09-05") && status.output.contains("done"))
                #expect(try await boss.ask("SELECT count(*), count(DISTINCT schema_name) FROM public.foodlogstats") == "3000|3")
            }
        }
    }

    private func addThreeWays(_ sources: [TenantSource], _ boss: Operator) async throws {
        let fromFile = try await boss.add("tenant_a", sources[0])
        #expect(fromFile.status == .exited(0), "\(fromFile.errors)")
        #expect(fromFile.output.contains("a hot standby") && fromFile.output.contains("added tenant tenant_a"))
        let fromInput = try await boss.dayhaul(
            ["tenant", "add", "tenant_b", "--password-stdin"] + sources[1].options(), input: sources[1].password + "\n")
        #expect(fromInput.status == .exited(0), "\(fromInput.errors)")
        let vault = try boss.write(sources[2].password + "\n", to: "vault")
        let fromCommand = try await boss.dayhaul(["tenant", "add", "tenant_c", "--secret-command", "cat \(vault)"] + sources[2].options())
        #expect(fromCommand.status == .exited(0), "\(fromCommand.errors)")
        let tested = try await boss.dayhaul("tenant", "test")
        #expect(tested.status == .exited(0), "\(tested.errors)")
        #expect(tested.output.split(separator: "\n").count == 3)
    }

    private func ingestAll(_ boss: Operator) async throws {
        let ingested = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-05", "--report", "foodlogstats", "--json")
        #expect(ingested.status == .exited(0), "\(ingested.errors)")
        let document = try ingested.document(RunDocument.self)
        #expect(document.outcome == "done")
        #expect(document.totals.days == 15 && document.totals.loaded == 15 && document.totals.rows == 3000)
        #expect(document.days.map(\.tenant) == ["tenant_a", "tenant_b", "tenant_c"].flatMap { Array(repeating: $0, count: 5) })
        #expect(
            document.days.allSatisfy { $0.schema == $0.tenant && $0.report == "foodlogstats" && $0.outcome == "loaded" && $0.rows == 200 })
        #expect(document.days.prefix(5).map(\.day) == (1...5).map { "2025-09-0\($0)" })
        let again = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-05", "--tenant", "tenant_*", "--json")
        #expect(try again.document(RunDocument.self).totals.unchanged == 15)
    }
}
