import Glibc
import TestKit
import Testing

@Suite("The key file", .timeLimit(.minutes(2)))
struct KeyFileTests {
    @Test("missing, open to others, a directory, empty, or no key: status 2, naming the file and what to do")
    func unusable() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let open = try boss.write(try text(of: boss.keyFile), to: "open-key")
                chmod(open, 0o644)
                let garbage = try boss.write("not a key\n", to: "garbage")
                let empty = try boss.write("", to: "empty")
                for (path, said) in [
                    ("\(boss.home)/none", "dayhaul init"), (open, "chmod 600"), (boss.home, "key file"), (garbage, "line 1"),
                    (empty, "empty"),
                ] {
                    let ended = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-01", "--key-file", path)
                    #expect(ended.status == .exited(2), "\(path): \(ended.errors)")
                    #expect(ended.errors.contains(path) && ended.errors.contains(said), "\(ended.errors)")
                }
                #expect(try await boss.ask("SELECT count(*) FROM _wh.ledger") == "0")
            }
        }
    }

    @Test("another key than the passwords were sealed with: those tenants fail and the key's id is named, no tenant is connected to")
    func anotherKey() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let other = try boss.write("a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n", to: "other")
                let ended = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-01", "--key-file", other, "--json")
                #expect(ended.status == .exited(1), "\(ended.errors)")
                let problem = try #require(try ended.document(RunDocument.self).days.first?.error)
                #expect(problem.code == "cannotUnseal")
                #expect(problem.message.contains("sealed with key"))
            }
        }
    }

    @Test("two keys are live at once: the first seals, both open, and --reseal moves a tenant to the first")
    func rotation() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let old = try text(of: boss.keyFile)
                let new = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n"
                _ = try boss.write(new + old, to: "key")
                #expect(try await boss.dayhaul("tenant", "test").status == .exited(0))
                #expect(try await boss.dayhaul("tenant", "set", "tenant_a", "--reseal").status == .exited(0))
                _ = try boss.write(new, to: "key")
                let tested = try await boss.dayhaul("tenant", "test", "tenant_a")
                #expect(tested.status == .exited(0), "\(tested.errors)")
            }
        }
    }
}

/// A file's permission bits.
func mode(of path: String) throws -> UInt32 {
    var status = stat()
    guard stat(path, &status) == 0 else { throw ClusterError(.system, "there is no \(path)") }
    return status.st_mode & 0o7777
}
