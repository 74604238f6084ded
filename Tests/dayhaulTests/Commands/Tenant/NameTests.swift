import TestKit
import Testing

@Suite("Names of tenants, schemas and reports", .timeLimit(.minutes(3)))
struct NameTests {
    static let long = String(repeating: "ä", count: 31) + "x"

    @Test(
        "with quotes, capitals, spaces, reserved words, patterns, a dash in front, 63 bytes: loaded, verified, shown and dropped by that name",
        arguments: [
            #"Ten "A" Café"#, "O'Brien; DROP SCHEMA _wh; --", "select", "Köln*[a]?", "-tenant", "100%", #"back\slash"#, "a.b", long,
        ])
    func anyName(name: String) async throws {
        try await withTenantSource(days: 2, rowsPerDay: 50) { source in
            try await withInitialisedOperator { boss in
                let report = #"Log "of" \#(name)"#.utf8.count <= 63 ? #"Log "of" \#(name)"# : name
                try await boss.warehouse.psql(
                    "UPDATE _wh.mv_templates SET template_name = :'report'", variables: ["report": report])
                let added = try await boss.add(name, source)
                #expect(added.status == .exited(0), "\(added.errors)")
                let days = ["--from", "2025-09-01", "--to", "2025-09-02", "--tenant=\(name)", "--report=\(report)"]
                let ended = try await boss.dayhaul(["ingest", "--json"] + days)
                #expect(ended.status == .exited(0), "\(ended.errors)")
                let document = try ended.document(RunDocument.self)
                #expect(document.days.map(\.tenant) == [name, name] && document.days.map(\.schema) == [name, name])
                #expect(document.totals.rows == 100)
                let verified = try await boss.dayhaul(["verify"] + days)
                #expect(verified.status == .exited(0), "\(verified.errors)")
                #expect(try await boss.dayhaul("status").output.contains(name))
                #expect(try await boss.dayhaul("tenant", "show", "--", name).output.contains(name))
                let counted = try await boss.warehouse.psql(
                    #"SELECT count(*), min(schema_name) = :'name' FROM public.:"report""#, variables: ["report": report, "name": name])
                #expect(counted == "100|t")
                let dropped = try await boss.dayhaul("tenant", "drop", "--confirm=\(name)", "--", name)
                #expect(dropped.status == .exited(0), "\(dropped.errors)")
            }
        }
    }

    @Test("a schema of its own, by any name, holds the tenant's reports")
    func schema() async throws {
        try await withTenantSource(days: 1) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source, "--schema", #"Reports "EU""#)
                let ended = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-01", "--json")
                #expect(ended.status == .exited(0), "\(ended.errors)")
                #expect(try ended.document(RunDocument.self).days.first?.schema == #"Reports "EU""#)
                #expect(try await boss.ask(#"SELECT count(*) FROM "Reports ""EU""".foodlogstats"#) == "200")
            }
        }
    }

    @Test(
        "that no schema can have are refused with status 2 before the tenant is connected to",
        arguments: [
            "", "public", "_wh", "pg_toast", "information_schema", String(repeating: "a", count: 64), long + "y", "line\nbreak",
        ])
    func refused(name: String) async throws {
        try await withInitialisedOperator { boss in
            let file = try boss.write("pw\n", to: "pw")
            let nowhere = [
                "--host", "127.0.0.1", "--port", String(closedPort), "--dbname", "d", "--username", "u", "--password-file", file,
            ]
            for arguments in [["--", name], ["--schema", name, "--", "fine"]] {
                let ended = try await boss.dayhaul(["tenant", "add"] + nowhere + arguments)
                #expect(ended.status == .exited(2), "\(arguments): \(ended.errors)")
            }
            #expect(try await boss.ask("SELECT count(*) FROM _wh.tenant_connections") == "0")
        }
    }
}
