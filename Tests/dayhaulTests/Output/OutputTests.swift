import TestKit
import Testing

@Suite("What a run prints", .timeLimit(.minutes(3)))
struct OutputTests {
    @Test("with --json one document on standard output and nothing else; progress in plain lines on standard error")
    func streams() async throws {
        try await withTenantSource(days: 3) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let range = ["--from", "2025-09-01", "--to", "2025-09-03"]
                for command in [
                    ["plan"] + range, ["ingest"] + range, ["verify"] + range, ["run", "--dry-run"], ["status"], ["tenant", "list"],
                    ["tenant", "show", "tenant_a"], ["tenant", "test"], ["report", "list"], ["report", "show", "foodlogstats"],
                    ["report", "check", "foodlogstats", "--day", "2025-09-02"], ["init"],
                ] {
                    let ended = try await boss.dayhaul(command + ["--json"])
                    #expect(ended.status == .exited(0), "\(command): \(ended.errors)")
                    _ = try ended.document(AnyDocument.self)
                    #expect(!ended.errors.contains("\u{1b}"))
                }
                let spoken = try await boss.dayhaul(["ingest", "--json"] + range)
                #expect(spoken.errors.contains("tenant_a") && spoken.errors.contains("3/3 days"))
                let quiet = try await boss.dayhaul(["ingest", "--json", "--log-level", "error"] + range)
                #expect(quiet.errors.isEmpty)
            }
        }
    }

    @Test("a person gets a table, the totals and the run's number")
    func table() async throws {
        try await withTenantSource(days: 2) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let ended = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-02")
                let lines = ended.output.split(separator: "\n")
                #expect(lines.count == 3)
                #expect(lines[0].hasPrefix("tenant    report        loaded"))
                #expect(lines[1].hasPrefix("tenant_a  foodlogstats       2"))
                #expect(lines[2].hasPrefix("done: 400 rows of 2 days in "))
                #expect(lines.allSatisfy { !$0.hasSuffix(" ") })
            }
        }
    }

    @Test("--dry-run prints the plan and writes nothing")
    func dryRun() async throws {
        try await withTenantSource(days: 2) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let ended = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-02", "--dry-run")
                #expect(ended.status == .exited(0))
                #expect(ended.output.contains("missing") && ended.output.contains("nothing was written"))
                #expect(try await boss.ask("SELECT (SELECT count(*) FROM _wh.runs) + (SELECT count(*) FROM _wh.ledger)") == "0")
                #expect(try await source.sessions() == "0")
            }
        }
    }

    @Test("the shell completes tenants and reports by asking the warehouse", arguments: ["bash", "zsh", "fish"])
    func completion(shell: String) async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let script = try await boss.dayhaul("--generate-completion-script", shell)
                #expect(script.status == .exited(0))
                #expect(script.output.contains("---completion"))
                let variables = ["SAP_SHELL": shell, "SAP_SHELL_VERSION": "5"]
                // What that script runs when the tabulator key is hit: word and place of the cursor, then the words typed so far.
                let tenants = try await boss.dayhaul(
                    ["---completion", "tenant", "show", "--", "positional@0", "3", "0", "dayhaul", "tenant", "show", ""],
                    environment: variables)
                #expect(tenants.output.contains("tenant_a"), "\(tenants.errors)")
                let reports = try await boss.dayhaul(
                    ["---completion", "plan", "--", "--report", "3", "0", "dayhaul", "plan", "--report", ""], environment: variables)
                #expect(reports.output.contains("foodlogstats"), "\(reports.errors)")
            }
        }
    }
}

/// Any JSON text: decoding it fails when there is more than one document.
private struct AnyDocument: Decodable {
    init(from decoder: any Decoder) throws {}
}
