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
                let confirm = try #require(kept.errors.firstRange(of: "--confirm "), "\(kept.errors)")
                let option = kept.errors[confirm.lowerBound...].prefix { $0 != "\n" }
                let dropped = try await shell(
                    boss, "dayhaul tenant drop \"$NAME\" \(option)".replacing("\"$NAME\"", with: "'Tenant B'\\''s; $(exit 9)'"))
                #expect(dropped.status == .exited(0), "\(option) \(dropped.errors)")
            }
        }
    }
}
