import CrashPoints
import Subprocess
import SystemPackage
import TestKit
import Testing

@Suite("Dropping a tenant that views of others read", .timeLimit(.minutes(3)))
struct TenantDropTests {
    private struct Document: Decodable {
        struct Dependent: Decodable {
            let name: String
            let materialized: Bool
            let owner: String
        }

        let tenant: String
        let dependents: [Dependent]
        let objects: [String]
    }

    @Test("stops and names them, whether by --dry-run or not; with --with-dependents it lists them, and drops exactly those")
    func dependents() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                #expect(try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-01").status == .exited(0))
                // The login's own, as an analyst with the owner's password makes them: the engine's role may not drop these.
                try await boss.warehouse.psql(
                    """
                    CREATE SCHEMA analysis;
                    CREATE VIEW analysis.recent AS SELECT * FROM tenant_a.foodlogstats;
                    CREATE MATERIALIZED VIEW analysis.counted AS SELECT count(*) FROM analysis.recent;
                    CREATE VIEW analysis.everyone AS SELECT count(*) FROM public.foodlogstats;
                    CREATE VIEW analysis.apart AS SELECT 1 AS one;
                    """, user: boss.login, password: boss.password)
                for more in [["--confirm", "tenant_a"], ["--dry-run"]] {
                    let stopped = try await boss.dayhaul(["tenant", "drop", "tenant_a"] + more)
                    #expect(stopped.status == .exited(1) && stopped.output.isEmpty)
                    for said in ["analysis.recent", "analysis.counted", "analysis.everyone", "--with-dependents"] {
                        #expect(stopped.errors.contains(said), "\(stopped.errors)")
                    }
                }
                let previewed = try await boss.dayhaul("tenant", "drop", "tenant_a", "--with-dependents", "--dry-run")
                #expect(previewed.output.contains("analysis.counted (a materialized view of \(boss.login))"), "\(previewed.errors)")
                #expect(previewed.output.contains("  public.foodlogstats\n") && !previewed.output.contains("apart"))
                let unconfirmed = try await boss.dayhaul("tenant", "drop", "tenant_a", "--with-dependents")
                #expect(unconfirmed.status == .exited(2))
                #expect(try await boss.ask("SELECT count(*) FROM public.foodlogstats") == "200")

                let dropped = try await boss.dayhaul("tenant", "drop", "tenant_a", "--with-dependents", "--confirm", "tenant_a", "--json")
                #expect(dropped.status == .exited(0), "\(dropped.errors)")
                let document = try dropped.document(Document.self)
                #expect(document.tenant == "tenant_a" && document.objects.first == "public.foodlogstats")
                #expect(document.dependents.map(\.name).sorted() == ["analysis.counted", "analysis.everyone", "analysis.recent"])
                #expect(document.dependents.filter(\.materialized).map(\.name) == ["analysis.counted"])
                #expect(document.dependents.allSatisfy { $0.owner == boss.login })
                #expect(
                    try await boss.ask(
                        "SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'analysis'::regnamespace AND relkind IN ('v', 'm')"
                    )
                        == "apart")
            }
        }
    }

    @Test("on a terminal lists them above the question for the name, and another answer than the name drops nothing")
    func asked() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                #expect(try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-01").status == .exited(0))
                _ = try await boss.ask("CREATE VIEW tenant_a.mine AS SELECT id FROM tenant_a.foodlogstats")
                for (answer, left) in [("tenant_b", "tenant_a.mine"), ("tenant_a", "")] {
                    // script(1) gives it a terminal.
                    let ended = try await Subprocess.run(
                        .path("/usr/bin/script"),
                        arguments: ["-qec", "\(try DayhaulProgram.path()) tenant drop tenant_a --with-dependents", "/dev/null"],
                        environment: .custom(boss.environment.map { Array("\($0)=\($1)\0".utf8) }), input: .string(answer + "\n"),
                        output: .string(limit: 1 << 16), error: .discarded)
                    let said = ended.standardOutput
                    #expect(ended.terminationStatus == .exited(left.isEmpty ? 0 : 2), "\(said)")
                    let view = try #require(said.firstRange(of: "tenant_a.mine (a view of \(boss.roles[0]))"), "\(said)")
                    let question = try #require(said.firstRange(of: "and 1 view of others. Type the name tenant_a again"), "\(said)")
                    #expect(view.upperBound < question.lowerBound)
                    #expect(try await boss.ask("SELECT to_regclass('tenant_a.mine')") == left)
                }
            }
        }
    }

    @Test("is refused before anything is asked where the login may not drop them, and names their owners")
    func foreign() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                #expect(try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-01").status == .exited(0))
                try await boss.warehouse.psql(
                    "CREATE SCHEMA vault; CREATE VIEW vault.theirs AS SELECT id FROM tenant_a.foodlogstats")
                let refused = try await boss.dayhaul("tenant", "drop", "tenant_a", "--with-dependents", "--confirm", "tenant_a")
                #expect(refused.status == .exited(1))
                #expect(refused.errors.contains("vault.theirs of \(boss.warehouse.superuser)"), "\(refused.errors)")
                #expect(try await boss.ask("SELECT count(*) FROM public.foodlogstats") == "200")
            }
        }
    }

    @Test("that is killed, at whatever step, leaves nothing of the tenant to be seen or read, and is ended by the same command")
    func killed() async throws {
        try await withTenantSource(days: 2, rowsPerDay: 50) { source in
            try await withInitialisedOperator { boss in
                let variable = try #require(CrashPoint.variable)
                for name in ["tenant_a", "tenant_b"] { try await boss.add(name, source) }
                #expect(try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-02").status == .exited(0))
                let command = ["tenant", "drop", "tenant_a", "--confirm", "tenant_a"]
                for point in ["removal.begun", "removal.batch"] {
                    #expect(try await boss.dayhaul(command, environment: [variable: point]).status == .killed(signal: 9), "\(point)")
                    #expect(try await boss.ask("SELECT DISTINCT schema_name FROM public.foodlogstats") == "tenant_b")
                    let run = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-01", "--json")
                    #expect(try run.document(RunDocument.self).days.map(\.tenant) == ["tenant_b"])
                    let enabled = try await boss.dayhaul("tenant", "enable", "tenant_a")
                    #expect(enabled.status == .exited(1) && enabled.errors.contains("dayhaul tenant drop tenant_a"), "\(enabled.errors)")
                }
                let ended = try await boss.dayhaul(command)
                #expect(ended.status == .exited(0), "\(ended.errors)")
                #expect(try await boss.ask("SELECT to_regnamespace('tenant_a') IS NULL, count(*) FROM _wh.tenant_connections") == "t|1")
            }
        }
    }
}
