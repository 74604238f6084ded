import TestKit
import Testing

@Suite("On a terminal", .timeLimit(.minutes(3)))
struct TerminalTests {
    @Test(
        "lines are drawn anew unless it is a dumb one, or plain output is asked for",
        arguments: [("xterm", nil, true), ("dumb", nil, false), (nil, nil, false), ("xterm", "1", false), ("xterm", "", true)]
            as [(String?, String?, Bool)])
    func drawing(terminal: String?, noColor: String?, draws: Bool) async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                var environment = boss.environment
                environment["TERM"] = terminal
                environment["NO_COLOR"] = noColor
                // script(1) gives it a terminal, and copies what is shown there. The shell's $0 is the program.
                let line = #"exec script -qec "$0 ingest --from 2025-09-01 --to 2025-09-01" /dev/null"#
                let program = DayhaulProgram(environment: environment, directory: boss.home, launcher: ["/bin/sh", "-c", line])
                let ended = try await program.run([])
                #expect(ended.output.contains("done: 200 rows of 1 day"), "\(ended.output) \(ended.errors)")
                #expect(ended.output.contains("\u{1b}[") == draws, "\(ended.output.debugDescription)")
            }
        }
    }
}
