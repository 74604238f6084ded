import Glibc
import SystemPackage
import TestKit
import Testing

@Suite("A command that a message names, pasted into a shell", .timeLimit(.minutes(3)))
struct PastedHintTests {
    /// Runs a command line as the operator's shell does; the program is in its PATH, like psql.
    private func shell(_ boss: Operator, _ line: String) async throws -> EndedProgram {
        let program = FilePath(try DayhaulProgram.path()).removingLastComponent().string
        let psql = FilePath(boss.warehouse.cluster.programs.path(of: .psql)).removingLastComponent().string
        var environment = boss.environment
        environment["PATH"] = "\(program):\(psql):/usr/bin:/bin"
        return try await DayhaulProgram(environment: environment, directory: boss.home, launcher: ["/bin/sh", "-c", line]).run([])
    }

    /// What follows `hint: `, or `next: `.
    private func advice(_ text: String, after mark: String = "hint: ") throws -> String {
        let start = try #require(text.firstRange(of: mark)?.upperBound, "\(text)")
        return String(text[start...].prefix { $0 != "\n" })
    }

    @Test("does what the message promises, with names that a shell takes apart")
    func commands() async throws {
        try await withTenantSource(days: 1) { source in
            try await withOperator { boss in
                let uninitialised = try await boss.dayhaul("status")
                #expect(try advice(uninitialised.errors).hasPrefix("run dayhaul init"), "\(uninitialised.errors)")
                #expect(try await shell(boss, "dayhaul init").status == .exited(0))

                let noReport = try await boss.dayhaul("plan", "--report", "x")
                let template = try advice(noReport.errors).replacing("there are none yet: ", with: "")
                #expect(try await shell(boss, template).status == .exited(0), "\(template)")
                #expect(try await boss.ask("SELECT count(*) FROM _wh.mv_templates") == "1")

                let name = "Tenant B's; $(exit 9)"
                let added = try await boss.dayhaul(
                    ["tenant", "add", name, "--password-stdin"] + source.options(), input: source.password)
                let next = try await shell(boss, try advice(added.output, after: "next: "))
                #expect(next.status == .exited(0) && next.output.contains(name), "\(added.output) \(next.errors)")

                #expect(try await boss.dayhaul("tenant", "disable", name).status == .exited(0))
                let disabled = try await boss.dayhaul("plan", "--tenant", name)
                #expect(try await shell(boss, try advice(disabled.errors)).status == .exited(0), "\(disabled.errors)")
                #expect(try await boss.dayhaul("plan", "--tenant", name).status == .exited(0))

                let listed = try await boss.dayhaul("plan", "--tenant", "a,b")
                #expect(try advice(listed.errors) == "there are \(name)")
                #expect(
                    try await boss.dayhaul(["tenant", "add", "b", "--password-stdin"] + source.options(), input: source.password).status
                        == .exited(0))
                let both = try await boss.dayhaul("plan", "--tenant", "b,b")
                let each = try advice(both.errors).replacing("give each by itself: ", with: "dayhaul plan ")
                #expect(each == "dayhaul plan --tenant b --tenant b")
                #expect(try await shell(boss, each).status == .exited(0))

                chmod(boss.keyFile, 0o644)
                let open = try await boss.dayhaul("key", "list")
                #expect(try await shell(boss, try advice(open.errors)).status == .exited(0), "\(open.errors)")
                #expect(try await boss.dayhaul("key", "list").status == .exited(0))

                let kept = try await boss.dayhaul("tenant", "drop", name)
                let dropped = try await shell(boss, try advice(kept.errors))
                #expect(dropped.status == .exited(0), "\(kept.errors) \(dropped.errors)")
            }
        }
    }

    /// The command in a hint, without what is said about it.
    private func command(in text: String, after mark: String = "hint: ", until end: String = "\n") throws -> String {
        let advice = try advice(text, after: mark)
        let start = try #require(advice.firstRange(of: "dayhaul ")?.lowerBound, "\(text)")
        return String(advice[start...].prefix(upTo: advice.firstRange(of: end)?.lowerBound ?? advice.endIndex))
    }

    /// Expects that a command is refused, that what it names works, and that it works itself then.
    private func settle(_ boss: Operator, until end: String = "\n", _ arguments: String...) async throws {
        let refused = try await boss.dayhaul(arguments)
        #expect(refused.status != .exited(0), "\(arguments)")
        let hint = try command(in: refused.errors, until: end)
        let followed = try await shell(boss, hint)
        #expect(followed.status == .exited(0), "\(hint): \(followed.errors)")
        let again = try await boss.dayhaul(arguments)
        #expect(again.status == .exited(0), "\(arguments) after \(hint): \(again.errors)")
    }

    @Test("settles what it was said of: keys, passwords, schemas, days, reports")
    func settled() async throws {
        try await withTenantSource(days: 2) { source in
            try await withInitialisedOperator { boss in
                let name = "a b"
                try await boss.add(name, source)
                let loaded = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-02")
                #expect(loaded.status == .exited(0), "\(loaded.errors)")

                let old = try #require(try await boss.dayhaul("key", "list").output.split(separator: "\n").last?.prefix { $0 != " " })
                let only = try await boss.dayhaul("key", "remove", String(old))
                #expect(try await shell(boss, try command(in: only.errors, until: " puts")).status == .exited(0), "\(only.errors)")
                try await settle(boss, until: " seals", "key", "remove", String(old))

                try await boss.warehouse.psql("UPDATE _wh.tenant_connections SET host = 'localhost'")
                let sealed = try await boss.dayhaul("tenant", "test", name)
                let anew = "printf %s '\(source.password)' | " + (try command(in: sealed.errors + sealed.output))
                #expect(try await shell(boss, anew).status == .exited(0), "\(anew)")
                #expect(try await boss.dayhaul("tenant", "test", name).status == .exited(0))

                let moved = try await boss.dayhaul("tenant", "set", name, "--schema", "B C")
                #expect(try await shell(boss, try command(in: moved.errors)).status == .exited(0), "\(moved.errors)")
                #expect(try await boss.ask(#"SELECT count(*) > 0 FROM "B C".foodlogstats"#) == "t")

                let day = ["--from", "2025-09-02", "--to", "2025-09-02"]
                let asked = try await boss.dayhaul(["day", "drop", name, "foodlogstats"] + day)
                let dropped = try await shell(boss, try command(in: asked.errors))
                #expect(dropped.status == .exited(0), "\(asked.errors) \(dropped.errors)")
                let refused = try await boss.dayhaul(["ingest"] + day)
                let restored = try await shell(boss, try command(in: dropped.output, after: "bring them back: "))
                #expect(restored.status == .exited(0), "\(dropped.output) \(refused.errors)")
                #expect(try await boss.dayhaul(["ingest"] + day).status == .exited(0))

                let unknown = try await boss.dayhaul("report", "show", "nope")
                #expect(try await shell(boss, try command(in: unknown.errors, until: " shows")).status == .exited(0))
                let mistyped = try await boss.dayhaul("report", "drop", "foodlogstats", "--confirm", "footlogstats")
                #expect(mistyped.errors.contains("footlogstats is not the name, foodlogstats"), "\(mistyped.errors)")
                #expect(try await shell(boss, try command(in: mistyped.errors)).status == .exited(0), "\(mistyped.errors)")
                #expect(try await boss.ask("SELECT count(*) FROM _wh.mv_templates") == "0")
            }
        }
    }
}
