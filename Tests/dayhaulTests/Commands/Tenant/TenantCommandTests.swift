import TestKit
import Testing

@Suite("Tenants", .timeLimit(.minutes(3)))
struct TenantCommandTests {
    @Test("with a wrong password: add refuses; one that got it later fails alone and at once, with SQLSTATE 28P01, and the others are done")
    func wrongPassword() async throws {
        try await withTenantSources(2, days: 2) { sources in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", sources[0])
                let arguments = ["tenant", "add", "tenant_b", "--password-stdin"] + sources[1].options()
                let refused = try await boss.dayhaul(arguments, input: "wrong\n")
                #expect(refused.status == .exited(1))
                #expect(refused.errors.contains("28P01"))
                #expect(try await boss.dayhaul("tenant", "show", "tenant_b").status == .exited(2))
                #expect(try await boss.dayhaul(arguments + ["--no-test"], input: "wrong\n").status == .exited(0))

                let ended = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-02", "--json")
                #expect(ended.status == .exited(3), "\(ended.errors)")
                let document = try ended.document(RunDocument.self)
                #expect(document.outcomes("tenant_a") == ["loaded"] && document.outcomes("tenant_b") == ["failed"])
                #expect(document.days.last?.error?.sqlstate == "28P01")
                #expect(!ended.errors.contains("trying again"))

                let mended = try await boss.dayhaul("tenant", "set", "tenant_b", "--password-stdin", input: sources[1].password + "\n")
                #expect(mended.status == .exited(0), "\(mended.errors)")
                #expect(try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-02").status == .exited(0))
            }
        }
    }

    @Test("disabled: in no plan, an error when named, its days still readable; enabled again, it is back")
    func disabled() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let range = ["--from", "2025-09-01", "--to", "2025-09-01"]
                #expect(try await boss.dayhaul(["ingest"] + range).status == .exited(0))
                #expect(try await boss.dayhaul("tenant", "disable", "tenant_a").status == .exited(0))
                #expect(try await boss.dayhaul(["plan", "--json"] + range).document(PlanDocument.self).days.isEmpty)
                let named = try await boss.dayhaul(["ingest", "--tenant", "tenant_a"] + range)
                #expect(named.status == .exited(2))
                #expect(named.errors.contains("dayhaul tenant enable tenant_a"))
                #expect(try await boss.dayhaul("status").output.contains("tenant_a (disabled)"))
                #expect(try await boss.ask("SELECT count(*) FROM tenant_a.foodlogstats") == "200")
                #expect(try await boss.dayhaul("tenant", "enable", "tenant_a").status == .exited(0))
                #expect(try await boss.dayhaul(["plan", "--json"] + range).document(PlanDocument.self).days.count == 1)
            }
        }
    }

    @Test("drop takes away exactly what the engine made for it, and says so before")
    func drop() async throws {
        try await withTenantSources(2, days: 2) { sources in
            try await withInitialisedOperator { boss in
                for (name, source) in zip(["tenant_a", "tenant_b"], sources) { try await boss.add(name, source) }
                #expect(try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-02").status == .exited(0))
                _ = try await boss.ask("CREATE TABLE tenant_a.notes AS SELECT 'mine' AS note")
                let previewed = try await boss.dayhaul("tenant", "drop", "tenant_a", "--dry-run")
                #expect(previewed.status == .exited(0))
                #expect(previewed.output.contains("tenant_a.foodlogstats_2025_09_02") && !previewed.output.contains("notes"))
                #expect(try await boss.ask("SELECT count(*) FROM public.foodlogstats") == "800")

                let dropped = try await boss.dayhaul("tenant", "drop", "tenant_a", "--confirm", "tenant_a")
                #expect(dropped.status == .exited(0), "\(dropped.errors)")
                #expect(try await boss.ask("SELECT count(*), min(schema_name) FROM public.foodlogstats") == "400|tenant_b")
                #expect(
                    try await boss.ask("SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'tenant_a'::regnamespace")
                        == "notes")
                #expect(try await boss.dayhaul("tenant", "show", "tenant_a").status == .exited(2))
                #expect(try await boss.dayhaul("verify", "--from", "2025-09-01", "--to", "2025-09-02").status == .exited(0))
                #expect(try await boss.dayhaul("tenant", "drop", "tenant_b", "--confirm", "tenant_b").status == .exited(0))
                #expect(
                    try await boss.ask("SELECT to_regclass('public.foodlogstats') IS NULL AND to_regnamespace('tenant_b') IS NULL") == "t")
            }
        }
    }

    @Test("a second tenant of the same name or for the same schema is refused with status 2")
    func taken() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let again = try await boss.add("tenant_a", source)
                #expect(again.status == .exited(2))
                #expect(again.errors.contains("tenant_a"))
                let sameSchema = try await boss.add("tenant_b", source, "--schema", "tenant_a")
                #expect(sameSchema.status == .exited(2))
                #expect(sameSchema.errors.contains("--schema"))
            }
        }
    }

    @Test("test says for each what is there, and ends with 3 when some fail and with 1 when all do")
    func test() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                let file = try boss.write(source.password, to: "pw")
                let nowhere = [
                    "--host", "127.0.0.1", "--port", String(try freePort()), "--dbname", "d", "--username", "u", "--sslmode", "disable",
                ]
                let added = try await boss.dayhaul(["tenant", "add", "gone", "--no-test", "--password-file", file] + nowhere)
                #expect(added.status == .exited(0), "\(added.errors)")
                #expect(try await boss.dayhaul("tenant", "test").status == .exited(1))
                try await boss.add("tenant_a", source)
                let mixed = try await boss.dayhaul("tenant", "test")
                #expect(mixed.status == .exited(3))
                #expect(mixed.output.contains("tenant_a: ") && mixed.errors.contains("gone: "))
                #expect(try await boss.dayhaul("tenant", "test", "tenant_*").status == .exited(0))
            }
        }
    }
}
