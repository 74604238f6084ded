import Glibc
import TestKit
import Testing

@Suite("A password that is looked up each time", .timeLimit(.minutes(3)))
struct SecretReferenceTests {
    private let days = ["ingest", "--json", "--from", "2025-09-01", "--to", "2025-09-01"]

    @Test(
        "is read from a file as it is then, wherever dayhaul stands; one that is open to others or gone fails its tenant and says what to do"
    )
    func file() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                let path = try boss.write(source.password + "\n", to: "vault")
                // Relative to where the command is given.
                let added = try await boss.dayhaul(["tenant", "add", "tenant_a", "--secret-file", "vault"] + source.options())
                #expect(added.status == .exited(0), "\(added.errors)")
                #expect(try await boss.ask("SELECT password LIKE '%vault%' FROM _wh.tenant_connections") == "f")
                var elsewhere = DayhaulProgram(environment: boss.environment, directory: boss.home)
                try await withDirectory { directory in
                    elsewhere.directory = directory
                    let ended = try await elsewhere.run(days)
                    #expect(ended.status == .exited(0), "\(ended.errors)")
                }
                chmod(path, 0o644)
                try await expectFailure(boss, says: path, "open to others", "chmod 600", hides: source.password)
                unlink(path)
                try await expectFailure(boss, says: path, "tenant_a", "--secret-file")
                _ = try boss.write(source.password, to: "vault")
                #expect(try await boss.dayhaul(days).status == .exited(0))
            }
        }
    }

    @Test("is read from a variable; one that is not set fails its tenant and is named")
    func variable() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                let set = ["TENANT_A": source.password]
                let added = try await boss.dayhaul(
                    ["tenant", "add", "tenant_a", "--secret-variable", "TENANT_A"] + source.options(), environment: set)
                #expect(added.status == .exited(0), "\(added.errors)")
                let ended = try await boss.dayhaul(days, environment: set)
                #expect(ended.status == .exited(0), "\(ended.errors)")
                try await expectFailure(boss, says: "TENANT_A", "environment", hides: source.password)
            }
        }
    }

    @Test("follows the tenant to another name and another host")
    func moves() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                let path = try boss.write(source.password + "\n", to: "vault")
                let added = try await boss.dayhaul(
                    ["tenant", "add", "tenant_a", "--no-test", "--secret-file", path] + source.options(port: try freePort()))
                #expect(added.status == .exited(0), "\(added.errors)")
                #expect(try await boss.dayhaul("tenant", "rename", "tenant_a", "b").status == .exited(0))
                #expect(try await boss.dayhaul("tenant", "set", "b", "--port", String(source.replica.port)).status == .exited(0))
                let ended = try await boss.dayhaul(days)
                #expect(ended.status == .exited(0), "\(ended.errors)")
            }
        }
    }

    private func expectFailure(_ boss: Operator, says words: String..., hides secret: String? = nil) async throws {
        let ended = try await boss.dayhaul(days)
        #expect(ended.status == .exited(1), "\(ended.errors)")
        let problem = try #require(try ended.document(RunDocument.self).days.first?.error)
        #expect(problem.code == "secretUnavailable")
        for word in words { #expect("\(problem.message) \(problem.hint ?? "")".contains(word), "\(problem)") }
        if let secret { #expect(!(ended.output + ended.errors).contains(secret)) }
    }
}
