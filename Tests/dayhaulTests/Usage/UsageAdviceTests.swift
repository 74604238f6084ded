import TestKit
import Testing

@Suite("A misspelt command or option", .timeLimit(.minutes(2)))
struct UsageAdviceTests {
    private func errors(_ arguments: [String]) async throws -> String {
        try await withDirectory { directory in
            let program = DayhaulProgram(environment: ["HOME": directory], directory: directory)
            let ended = try await program.run(arguments)
            #expect(ended.status == .exited(2), "\(arguments): \(ended.errors)")
            #expect(ended.output.isEmpty, "\(arguments)")
            return ended.errors
        }
    }

    @Test(
        "is named, and what was meant",
        arguments: [
            (["ingest", "--form", "2025-09-01", "--to", "2025-09-02"], "--form", "did you mean --from?"),
            (["ingest", "--form=2025-09-01"], "--form", "did you mean --from?"),
            (["stauts"], "stauts", "did you mean dayhaul status?"), (["plna"], "plna", "did you mean dayhaul plan?"),
            (["tenants"], "tenants", "did you mean dayhaul tenant list?"), (["reports"], "reports", "did you mean dayhaul report list?"),
            (["tenant", "ls"], "dayhaul tenant has no command ls", "did you mean dayhaul tenant list?"),
            (["tenant", "delete", "a"], "delete", "did you mean dayhaul tenant drop?"),
            (["tenant", "shwo", "a"], "shwo", "did you mean dayhaul tenant show?"),
            (["key", "rm", "a"], "rm", "dayhaul key --help"), (["backfill"], "backfill", "did you mean dayhaul ingest?"),
            (["verify", "--last", "7", "--tennant", "a"], "--tennant", "did you mean --tenant?"),
            (["run", "--dry"], "--dry", "did you mean --dry-run?"),
            (["run", "--tenant", "--form", "--jsno"], "--jsno", "did you mean --json?"),
            (["plan", "--frobnicate"], "dayhaul plan has no option --frobnicate", "dayhaul plan --help lists its options"),
            (["frobnicate"], "dayhaul has no command frobnicate", "dayhaul --help lists its commands"),
            (["--log-level", "debug", "status"], "--log-level", "dayhaul status --json"), (["it's"], #"'it'\''s'"#, "dayhaul --help"),
        ])
    func meant(arguments: [String], named: String, advice: String) async throws {
        let errors = try await errors(arguments)
        #expect(
            errors.hasPrefix("dayhaul: ") && errors.contains(named) && errors.contains("; hint: ") && errors.contains(advice), "\(errors)")
        #expect(errors.split(separator: "\n").count == 1)
    }

    @Test(
        "that would have been a password is not repeated, and the message says where passwords go",
        arguments: [
            (["tenant", "add", "a", "--password", "hunter2"], "dayhaul tenant add --password-stdin"),
            (["tenant", "set", "a", "--password=hunter2"], "dayhaul tenant set --password-stdin"),
            (["status", "--password", "hunter2"], "~/.pgpass"), (["init", "-W", "hunter2"], "PGPASSWORD"),
        ])
    func password(arguments: [String], advice: String) async throws {
        let errors = try await errors(arguments)
        #expect(errors.contains("never an argument") && errors.contains(advice), "\(errors)")
        #expect(!errors.contains("hunter2"))
    }

    @Test("is in the JSON document too, with its hint")
    func json() async throws {
        struct Document: Decodable {
            let error: RunDocument.Problem
        }
        try await withDirectory { directory in
            let program = DayhaulProgram(environment: ["HOME": directory], directory: directory)
            let ended = try await program.run(["ingest", "--form", "2025-09-01", "--json"])
            let problem = try ended.document(Document.self).error
            #expect(problem.code == "usage" && problem.hint == "did you mean --from?")
        }
    }
}
