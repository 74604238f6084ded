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

    @Test("set to what does not answer is refused like one that is added, and stays as it was; --no-test stores it all the same")
    func setIsTested() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                func stored() async throws -> String { try await boss.ask("SELECT port, password FROM _wh.tenant_connections") }
                let before = try await stored()
                let port = String(closedPort)
                for arguments in [["--port", port], ["--dbname", "no_such_database"], ["--password-stdin"]] {
                    for more in [[], ["--dry-run"]] {
                        let refused = try await boss.dayhaul(["tenant", "set", "tenant_a"] + arguments + more, input: "wrong\n")
                        #expect(refused.status == .exited(1), "\(arguments): \(refused.errors)")
                    }
                    #expect(try await stored() == before)
                }
                // What is not about the connection needs no answer.
                let untested = try await boss.dayhaul("tenant", "set", "tenant_a", "--max-streams", "3")
                #expect(untested.status == .exited(0) && !untested.output.contains("answers"), "\(untested.errors)")
                let tested = try await boss.dayhaul(["tenant", "set", "tenant_a", "--port", String(source.replica.port)])
                #expect(tested.status == .exited(0) && tested.output.contains("answers in"), "\(tested.errors)")
                let forced = try await boss.dayhaul("tenant", "set", "tenant_a", "--port", port, "--no-test")
                #expect(forced.status == .exited(0) && forced.output.contains("dayhaul tenant test tenant_a"), "\(forced.errors)")
                #expect(try await boss.ask("SELECT port FROM _wh.tenant_connections") == port)
            }
        }
    }

    @Test("shown says where the password comes from and never what it is, after how long it counts as stalled, and how far it was read")
    func show() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                let json = "{\"username\": \"reader\", \"password\": \"\(source.password)\"}"
                let path = try boss.write(json, to: "secret.json")
                let added = try await boss.dayhaul(["tenant", "add", "t", "--secret-command", "cat \(path)"] + source.options())
                #expect(added.status == .exited(0) && added.output.contains("field password of a JSON document"), "\(added.errors)")
                let before = try await boss.dayhaul("tenant", "show", "t").output
                #expect(before.contains("what the command cat … prints") && before.contains("stall seconds  the default, 300"))
                #expect(before.contains("last position  none") && !before.contains(path))
                #expect(try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-01").status == .exited(0))
                for (arguments, words) in [
                    (["--secret-file", path], "in the file \(path)"), (["--secret-variable", "T"], "in the variable T"),
                    (["--password-file", path], "sealed with the key file"),
                ] {
                    let set = try await boss.dayhaul(
                        ["tenant", "set", "t", "--stall-seconds", "20"] + arguments, environment: ["T": source.password])
                    #expect(set.status == .exited(0), "\(set.errors)")
                    let shown = try await boss.dayhaul("tenant", "show", "t").output
                    #expect(shown.contains(words) && shown.contains("stall seconds  20"), "\(shown)")
                    #expect(shown.contains("on timeline 1 of system ") && !shown.contains(source.password), "\(shown)")
                }
                #expect(try await boss.dayhaul("tenant", "show", "t", "--json").output.contains(#""source" : "sealed""#))
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

    @Test("that let their servers ask for the password itself do so over verified TLS only")
    func passwordAuthentication() async throws {
        try await withInitialisedOperator { boss in
            let file = try boss.write("pw\n", to: "pw")
            let add = ["tenant", "add", "a", "--no-test", "--password-file", file, "--host", "h", "--dbname", "d", "--username", "u"]
            let refused = try await boss.dayhaul(add + ["--allow-password-auth", "--sslmode", "require"])
            #expect(refused.status == .exited(2) && refused.errors.contains("--sslmode verify-full"), "\(refused.errors)")
            #expect(try await boss.dayhaul(add + ["--allow-password-auth"]).status == .exited(0))
            #expect(try await boss.dayhaul("tenant", "show", "a").output.contains("or the password itself"))
            let weakened = try await boss.dayhaul("tenant", "set", "a", "--sslmode", "disable", "--no-test")
            #expect(weakened.status == .exited(2), "\(weakened.errors)")
            let both = try await boss.dayhaul("tenant", "set", "a", "--sslmode", "disable", "--no-allow-password-auth", "--no-test")
            #expect(both.status == .exited(0), "\(both.errors)")
            #expect(try await boss.dayhaul("tenant", "show", "a").output.contains("SCRAM-SHA-256 only"))
        }
    }

    @Test("test says for each what is there, and ends with 3 when some fail and with 1 when all do")
    func test() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                let file = try boss.write(source.password, to: "pw")
                let nowhere = [
                    "--host", "127.0.0.1", "--port", String(closedPort), "--dbname", "d", "--username", "u", "--sslmode", "disable",
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
