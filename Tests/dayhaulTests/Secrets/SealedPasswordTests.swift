import TestKit
import Testing

@Suite("A sealed password that somebody has tampered with in the database", .timeLimit(.minutes(3)))
struct SealedPasswordTests {
    /// Another bit in one byte of nonce (the first 12 bytes), ciphertext or tag (the last 16).
    private static func flipped(byte: Int) -> String {
        """
        UPDATE _wh.tenant_connections
        SET password = substr(password, 1, 26)
            || translate(encode(set_byte(bytes, \(byte), get_byte(bytes, \(byte)) # 1), 'base64'), E'\\n', '')
        FROM (SELECT decode(substr(password, 27), 'base64') AS bytes FROM _wh.tenant_connections WHERE tenant_name = 'tenant_a') sealed
        WHERE tenant_name = 'tenant_a'
        """
    }

    @Test(
        "does not open, so that its tenant is not connected to: the key's id is named, the password is not, and the others are done",
        arguments: [
            // Where the engine would send the password.
            "UPDATE _wh.tenant_connections SET host = 'localhost' WHERE tenant_name = 'tenant_a'",
            "UPDATE _wh.tenant_connections SET port = port + 1 WHERE tenant_name = 'tenant_a'",
            "UPDATE _wh.tenant_connections SET dbname = 'postgres' WHERE tenant_name = 'tenant_a'",
            "UPDATE _wh.tenant_connections SET username = 'postgres' WHERE tenant_name = 'tenant_a'",
            // Another tenant's password.
            """
            UPDATE _wh.tenant_connections SET password = (SELECT password FROM _wh.tenant_connections WHERE tenant_name = 'tenant_b')
            WHERE tenant_name = 'tenant_a'
            """,
            flipped(byte: 0), flipped(byte: 13), flipped(byte: 45),
        ])
    func tampered(statement: String) async throws {
        try await withTenantSources(2, days: 1) { sources in
            try await withInitialisedOperator { boss in
                for (name, source) in zip(["tenant_a", "tenant_b"], sources) { try await boss.add(name, source) }
                let id = try await boss.ask("SELECT substr(min(password), 10, 16) FROM _wh.tenant_connections")
                _ = try await boss.ask(statement)
                let ended = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-01", "--json")
                #expect(ended.status == .exited(3), "\(ended.errors)")
                let document = try ended.document(RunDocument.self)
                #expect(document.outcomes("tenant_a") == ["failed"] && document.outcomes("tenant_b") == ["loaded"])
                let problem = try #require(document.days.first { $0.tenant == "tenant_a" }?.error)
                #expect(problem.code == "cannotUnseal" && problem.message.contains("key \(id) does not open"), "\(problem.message)")
                for secret in sources.map(\.password) { #expect(!(ended.output + ended.errors).contains(secret)) }

                let mended = try await boss.dayhaul(
                    ["tenant", "set", "tenant_a", "--password-stdin"] + sources[0].options(), input: sources[0].password + "\n")
                #expect(mended.status == .exited(0), "\(mended.errors)")
                #expect(try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-01").status == .exited(0))
            }
        }
    }
}
