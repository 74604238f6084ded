import Clusters
import PlainText
import TestKit
import Testing

/// Escape codes and overrides, wherever others can write text: a tenant's server in the names of columns, whadmin in reports and tenants.
@Suite("Text of others that steers a terminal or hides something", .timeLimit(.minutes(4)))
struct UnseenTextTests {
    private static let evil = "x\u{1b}[31mEVIL\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}gpj"

    private func expectSeen(_ text: String, _ what: String) {
        #expect(!text.unicodeScalars.contains { PlainText.isUnseen($0) && $0 != "\n" }, "\(what): \(text.debugDescription)")
    }

    @Test("reaches neither terminal nor JSON nor the warehouse's record of runs as it is")
    func shown() async throws {
        try await withTenantSources(1, days: 1) { sources in
            try await withOperator { boss in
                #expect(try await boss.dayhaul("init").status == .exited(0))
                #expect(try await boss.add("tenant_a", sources[0]).status == .exited(0))
                // The server answers with these names of columns, and report show with all the texts.
                try await boss.warehouse.psql(
                    """
                    INSERT INTO _wh.mv_templates (template_name, description, query_template, column_definitions, enabled) VALUES
                        ('r', :'evil', 'SELECT 1 AS "' || :'evil' || '", date {TARGET_DATE} AS d', 'id integer, d date, t text', true)
                    """, variables: ["evil": Self.evil])
                let day = ["--from", "2025-09-01", "--to", "2025-09-01"]
                var found = ""
                for command in [
                    ["ingest"] + day, ["report", "check", "r"], ["report", "show", "r"], ["report", "list"], ["status"], ["plan"] + day,
                ] {
                    for json in [[], ["--json"]] {
                        let ended = try await boss.dayhaul(command + json)
                        found += ended.output + ended.errors
                        expectSeen(ended.output + ended.errors, "\(command + json)")
                    }
                }
                // It was there to be replaced, and was escaped in JSON.
                #expect(found.contains("EVIL\u{fffd}]0;owned\u{fffd}") && found.contains("\\u202e"))
                let record = try await boss.warehouse.psql(
                    "SELECT concat(message, hint) FROM _wh.run_events UNION ALL SELECT coalesce(message, '') FROM _wh.runs")
                #expect(record.contains("EVIL"), "\(found)")
                expectSeen(record, "_wh.run_events")
            }
        }
    }

    @Test("is refused in names of reports and tenants and in addresses, by the warehouse and by the program")
    func refused() async throws {
        try await withOperator { boss in
            #expect(try await boss.dayhaul("init").status == .exited(0))
            for evil in ["a\u{1b}b", "a\u{9b}b", "a\u{202e}b", "a\u{2066}b", "a\u{feff}b", "a\u{200f}b"] {
                for column in ["tenant_name", "host", "dbname", "username", "ca_file"] {
                    let rest = ["tenant_name", "host", "dbname", "username"].filter { $0 != column }
                    let error = await #expect(throws: ClusterError.self) {
                        try await boss.warehouse.psql(
                            """
                            INSERT INTO _wh.tenant_connections (\(column), \(rest.joined(separator: ", ")), password)
                            VALUES (:'evil', \(rest.map { _ in "'t'" }.joined(separator: ", ")), 'dayhaul1:0123456789abcdef:AAAA')
                            """, variables: ["evil": evil])
                    }
                    #expect(error?.sqlstate == "42602", "\(column)")
                }
                let report = await #expect(throws: ClusterError.self) {
                    try await boss.warehouse.psql(
                        "INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions) VALUES (:'evil', 'SELECT', 'd date')",
                        variables: ["evil": evil])
                }
                #expect(report?.sqlstate == "42602")
                let added = try await boss.dayhaul(
                    ["tenant", "add", evil, "--host", "h", "--dbname", "d", "--username", "u", "--no-test", "--password-stdin"],
                    input: "p\n")
                #expect(added.status == .exited(2))
                expectSeen(added.errors, "tenant add")
            }
        }
    }
}
