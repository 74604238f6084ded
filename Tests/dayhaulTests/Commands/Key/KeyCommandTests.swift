import TestKit
import Testing

@Suite("Keys", .timeLimit(.minutes(3)))
struct KeyCommandTests {
    private struct ListDocument: Decodable {
        struct Key: Decodable {
            let id: String
            let seals: Bool
            let tenants: [String]
        }

        struct Closed: Decodable {
            let tenant: String
            let error: RunDocument.Problem
        }

        let keyFile: String
        let keys: [Key]
        let closed: [Closed]
    }

    private struct ChangeDocument: Decodable {
        let keys: [String]
        let added: String?
        let removed: String?
    }

    @Test("are rotated with three commands while tenants are read: at no step does a password not open, and no key goes that one needs")
    func rotation() async throws {
        try await withTenantSources(2, days: 3) { sources in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", sources[0])
                let vault = try boss.write(sources[1].password + "\n", to: "vault")
                let added = try await boss.dayhaul(["tenant", "add", "tenant_b", "--secret-file", vault] + sources[1].options())
                #expect(added.status == .exited(0), "\(added.errors)")
                func expectDay(_ day: String) async throws {
                    let ended = try await boss.dayhaul("ingest", "--from", day, "--to", day)
                    #expect(ended.status == .exited(0), "\(ended.errors)")
                }
                let old = try #require(try await keys(boss).keys.first)
                #expect(old.seals && old.tenants == ["tenant_a", "tenant_b"])

                let before = try text(of: boss.keyFile)
                #expect(try await boss.dayhaul("key", "add", "--dry-run").output.contains("before \(old.id)"))
                #expect(try text(of: boss.keyFile) == before)
                let adding = try await boss.dayhaul("key", "add", "--json").document(ChangeDocument.self)
                let new = try #require(adding.added)
                #expect(adding.keys == [new, old.id] && new != old.id)
                #expect(try text(of: boss.keyFile).hasSuffix(before))
                #expect(try mode(of: boss.keyFile) == 0o600)
                try await expectDay("2025-09-01")

                for more in [[], ["--dry-run"]] {
                    let tooSoon = try await boss.dayhaul(["key", "remove", old.id] + more)
                    #expect(tooSoon.status == .exited(1) && tooSoon.errors.contains("tenant_a, tenant_b"), "\(tooSoon.errors)")
                }
                #expect(try await boss.dayhaul("tenant", "set", "--reseal", "tenant_a").status == .exited(0))
                let mixed = try await keys(boss)
                #expect(mixed.keys.map(\.id) == [new, old.id] && mixed.keys.map(\.tenants) == [["tenant_a"], ["tenant_b"]])
                try await expectDay("2025-09-02")
                #expect(try await boss.dayhaul("key", "remove", old.id).errors.contains("tenant_b"))

                #expect(try await boss.dayhaul("tenant", "set", "--reseal", "*").status == .exited(0))
                let removed = try await boss.dayhaul("key", "remove", old.id, "--json")
                #expect(removed.status == .exited(0), "\(removed.errors)")
                #expect(try removed.document(ChangeDocument.self).keys == [new])
                #expect(try await keys(boss).keys.map(\.tenants) == [["tenant_a", "tenant_b"]])
                try await expectDay("2025-09-03")
                #expect(try await boss.dayhaul("tenant", "test").status == .exited(0))
            }
        }
    }

    @Test("the last key, one that is not there, a file that is not there: refused, and no file is changed or made")
    func refused() async throws {
        try await withInitialisedOperator { boss in
            let before = try text(of: boss.keyFile)
            let only = try #require(try await keys(boss).keys.first?.id)
            #expect(try await boss.dayhaul("key", "remove", only).status == .exited(1))
            let unknown = try await boss.dayhaul("key", "remove", "0123456789abcdef")
            #expect(unknown.status == .exited(2) && unknown.errors.contains(only), "\(unknown.errors)")
            for arguments in [["key", "add"], ["key", "list"], ["key", "remove", only]] {
                let missing = try await boss.dayhaul(arguments + ["--key-file", "\(boss.home)/none"])
                #expect(missing.status == .exited(2) && missing.errors.contains("\(boss.home)/none"), "\(missing.errors)")
            }
            #expect(try text(of: boss.keyFile) == before)
            #expect(throws: (any Error).self) { try mode(of: "\(boss.home)/none") }
        }
    }

    @Test("the list says which passwords none of them opens and why, and shows no key")
    func closed() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                _ = try await boss.ask("UPDATE _wh.tenant_connections SET host = 'elsewhere'")
                let listed = try await boss.dayhaul("key", "list")
                #expect(listed.status == .exited(0) && listed.errors.contains("tenant_a: "), "\(listed.errors)")
                #expect(try await keys(boss).closed.map(\.error.code) == ["cannotUnseal"])
                let key = try text(of: boss.keyFile).prefix(20)
                #expect(!(listed.output + listed.errors).contains(key))
            }
        }
    }

    private func keys(_ boss: Operator) async throws -> ListDocument {
        try await boss.dayhaul("key", "list", "--json").document(ListDocument.self)
    }
}
