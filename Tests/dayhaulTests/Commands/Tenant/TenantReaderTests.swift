import FoundationEssentials
import TestKit
import Testing

@Suite("dayhaul tenant reader", .timeLimit(.minutes(2)))
struct TenantReaderTests {
    private struct Document: Decodable {
        let role: String
        let tenants: [String]
        let isNew: Bool
    }

    @Test("makes a role with one command, changes nothing on a dry run, and takes tenants away again")
    func makes() async throws {
        try await withInitialisedOperator { boss in
            let role = "north_\(boss.login)"
            for tenant in ["tenant_a", "tenant_b"] {
                let file = try boss.write("pw\n", to: "pw")
                let added = try await boss.dayhaul(
                    "tenant", "add", tenant, "--host", "127.0.0.1", "--dbname", "d", "--username", "u", "--no-test", "--password-file", file
                )
                #expect(added.status == .exited(0), "\(added.errors)")
            }
            let would = try await boss.dayhaul("tenant", "reader", role, "tenant_a", "--dry-run", "--json")
            let document = try JSONDecoder().decode(Document.self, from: Data(would.output.utf8))
            #expect(document.role == role && document.tenants == ["tenant_a"] && document.isNew)
            #expect(try await roles(role, boss) == "0")
            let made = try await boss.dayhaul("tenant", "reader", role, "tenant_a", "tenant_b")
            #expect(made.status == .exited(0) && made.output.contains("tenant_a, tenant_b and no other"), "\(made.errors)")
            #expect(try await roles(role, boss) == "1")
            let less = try await boss.dayhaul("tenant", "reader", role, "tenant_b", "--remove")
            #expect(less.output.contains("reads tenant_a and no other"), "\(less.errors)")
            let none = try await boss.dayhaul("tenant", "reader", role, "tenant_a", "--remove")
            #expect(none.output.contains("no tenant any more"), "\(none.errors)")
            let again = try await boss.dayhaul("tenant", "reader", role, "tenant_a", "--remove")
            #expect(again.status == .exited(2) && again.errors.contains("not limited"), "\(again.errors)")
            // Nothing it was given is left.
            try await boss.warehouse.psql("DROP ROLE \(role)")
        }
    }

    @Test("refuses a role that reads everything, and a tenant that is not there, as wrong usage")
    func refuses() async throws {
        try await withInitialisedOperator { boss in
            let unknown = try await boss.dayhaul("tenant", "reader", "north", "tenant_z")
            #expect(unknown.status == .exited(2) && unknown.errors.contains("tenant_z"))
            let file = try boss.write("pw\n", to: "pw")
            try await boss.dayhaul(
                "tenant", "add", "t", "--host", "h", "--dbname", "d", "--username", "u", "--no-test", "--password-file", file)
            let everything = try await boss.dayhaul("tenant", "reader", boss.roles[3], "t")
            #expect(everything.status == .exited(2) && everything.errors.contains("reads all tenants"), "\(everything.errors)")
            try await boss.warehouse.psql("ALTER ROLE \"\(boss.login)\" NOCREATEROLE")
            let powerless = try await boss.dayhaul("tenant", "reader", "north", "t")
            #expect(powerless.status == .exited(1) && powerless.errors.contains("CREATE ROLE"), "\(powerless.errors)")
        }
    }

    private func roles(_ name: String, _ boss: Operator) async throws -> String {
        try await boss.warehouse.psql("SELECT count(*) FROM pg_roles WHERE rolname = '\(name)'")
    }
}
