import SystemPackage
import TestKit
import Testing

@Suite("Bad usage and configuration", .timeLimit(.minutes(3)))
struct UsageTests {
    @Test(
        "ends with status 2, nothing on standard output and one line of why, without a warehouse being asked",
        arguments: [
            ["bogus"], ["plan", "--bogus"], ["plan", "--from", "2025-09-01"], ["ingest", "--from", "2025-09-01"],
            ["ingest", "--from", "2025-9-1", "--to", "2025-09-02"], ["ingest", "--from", "2025-02-30", "--to", "2025-03-02"],
            ["ingest", "--from", "yesterday", "--to", "today"], ["ingest", "--from", "infinity", "--to", "infinity"],
            ["plan", "--log-level", "loud"], ["tenant", "show"], ["tenant", "add", "t", "--host", "h"],
            ["tenant", "add", "t", "--port", "70000", "--host", "h", "--dbname", "d", "--username", "u", "--password-stdin"],
            ["tenant", "add", "t", "--host", "h", "--dbname", "d", "--username", "u", "--password-stdin", "--secret-command", "true"],
            ["tenant", "add", "t", "--host", "h", "--dbname", "d", "--username", "u", "--secret-file", "f", "--secret-variable", "V"],
            ["tenant", "set", "t", "--secret-variable", "not a name"], ["tenant", "set", "t", "--secret-variable", "1X"],
            ["tenant", "set", "t", "--secret-variable", "PGPASSWORD"], ["tenant", "set", "t", "--secret-variable", "DAYHAUL_X"],
            ["tenant", "set", "t"], ["tenant", "rename", "t"], ["key", "remove"],
            ["demo", "--tenants", "0"], ["demo", "--stop", "--destroy"], ["status"],
            ["status", "--warehouse", "no equals sign; password=x"],
            ["status", "--config", "missing.yaml"], ["status", "--config", "bad.yaml"],
        ])
    func withoutWarehouse(arguments: [String]) async throws {
        try await withDirectory { directory in
            let program = DayhaulProgram(environment: ["HOME": directory], directory: directory)
            try write("a: [", to: directory + "/bad.yaml")
            let ended = try await program.run(arguments)
            #expect(ended.status == .exited(2), "\(ended.errors)")
            #expect(ended.output.isEmpty)
            #expect(!ended.errors.isEmpty)
            #expect(!ended.errors.contains("password=x"))
        }
    }

    @Test("a range or a name that fits nothing ends with status 2 and names it")
    func withWarehouse() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let range = ["--from", "2025-09-01", "--to", "2025-09-01"]
                let cases: [([String], String)] = [
                    (["ingest"] + range + ["--tenant", "nobody"], "nobody"), (["ingest"] + range + ["--tenant", "x*"], "x*"),
                    (["plan", "--report", "no_report"], "no_report"), (["verify"] + range + ["--report", "no_report"], "no_report"),
                    (["ingest", "--from", "2025-09-02", "--to", "2025-09-01"], "2025-09-02"),
                    (["ingest", "--from", "2025-09-01", "--to", "2999-01-01"], "2999-01-01"),
                    (["ingest", "--from", "1990-01-01", "--to", "2025-09-01"], "ten years"), (["tenant", "show", "nobody"], "nobody"),
                    (["tenant", "drop", "tenant_a"], "--confirm tenant_a"),
                    (["tenant", "drop", "tenant_a", "--confirm", "tenant_b"], "--confirm tenant_a"),
                    (["report", "check", "nothing"], "nothing"), (["report", "show", "nothing"], "nothing"),
                ]
                for (arguments, named) in cases {
                    let ended = try await boss.dayhaul(arguments)
                    #expect(ended.status == .exited(2), "\(arguments): \(ended.errors)")
                    #expect(ended.errors.contains(named), "\(arguments): \(ended.errors)")
                    #expect(ended.output.isEmpty)
                }
                #expect(try await boss.ask("SELECT (SELECT count(*) FROM _wh.runs) + (SELECT count(*) FROM _wh.ledger)") == "0")
            }
        }
    }

    @Test("with --json the reason is one document, with code, message and hint")
    func jsonOfFailures() async throws {
        struct Document: Decodable {
            let outcome: String
            let error: RunDocument.Problem
        }
        try await withOperator { boss in
            let notInitialised = try await boss.dayhaul("status", "--json")
            #expect(notInitialised.status == .exited(1))
            #expect(try notInitialised.document(Document.self).error.code == "notInitialised")
            let unusable = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "x", "--json")
            #expect(unusable.status == .exited(2))
            #expect(try unusable.document(Document.self).error.code == "usage")
            #expect(try unusable.document(Document.self).outcome == "failed")
        }
    }

    private func write(_ text: String, to path: String) throws {
        let file = try FileDescriptor.open(FilePath(path), .writeOnly, options: [.create], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(text.utf8) }
    }
}
