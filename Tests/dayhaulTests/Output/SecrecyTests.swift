import TestKit
import Testing

@Suite("Passwords", .timeLimit(.minutes(3)))
struct SecrecyTests {
    @Test("of tenants and of the warehouse stand in no output, no argument list and no table of _wh, whatever goes wrong")
    func nowhere() async throws {
        try await withTenantSources(2, days: 2, rowsPerDay: 2000) { sources in
            try await withInitialisedOperator { boss in
                let secrets = sources.map(\.password) + [boss.password]
                try await withFaultProxy(to: sources[0].replica.port) { proxy in
                    let conninfo = boss.conninfo + " password=" + boss.password
                    let environment: [String: String?] = ["DAYHAUL_WAREHOUSE": conninfo]
                    var said = ""
                    func run(
                        _ arguments: [String], input: String? = nil,
                        while body: @escaping @Sendable (RunningProgram) async throws -> Void = { _ in }
                    ) async throws {
                        let ended = try await boss.dayhaul(arguments, input: input, environment: environment, while: body)
                        said += ended.output + ended.errors
                    }
                    try await run(
                        ["tenant", "add", "tenant_a", "--password-stdin"] + sources[0].options(port: proxy.port), input: secrets[0] + "\n")
                    let vault = try boss.write(secrets[1], to: "vault")
                    try await run(["tenant", "add", "tenant_b", "--secret-command", "cat \(vault)"] + sources[1].options())
                    let before = proxy.bytes(.toClient)
                    proxy.adjust(.toClient) { $0.bytesPerSecond = 100_000 }
                    try await run(["ingest", "--from", "2025-09-01", "--to", "2025-09-02", "--log-level", "debug"]) { running in
                        try await running.wait(for: "the ingest to be reading") { proxy.bytes(.toClient) > before + 20_000 }
                        let line = try running.commandLine()
                        #expect(line.contains("ingest"))
                        #expect(!secrets.contains { line.contains($0) })
                        proxy.heal()
                    }
                    proxy.refuse()
                    try await run(["tenant", "test"])
                    try await run(["ingest", "--from", "2025-09-01", "--to", "2025-09-02", "--json"])
                    try await sources[1].primary.psql("ALTER ROLE \(sources[1].reader) PASSWORD 'another'")
                    try await sources[1].replay()
                    try await run(["ingest", "--from", "2025-09-01", "--to", "2025-09-02", "--json"])
                    for command in [
                        ["tenant", "list", "--json"], ["tenant", "show", "tenant_a"], ["status", "--json"],
                        ["status", "--log-level", "debug"],
                    ] {
                        try await run(command)
                    }
                    #expect(said.contains("28P01") && said.contains("tenant_a"))
                    for secret in secrets { #expect(!said.contains(secret)) }
                }
                let tables = try await boss.warehouse.psql(
                    "SELECT query_to_xml(format('TABLE _wh.%I', relname), true, false, '') FROM pg_class WHERE relnamespace = '_wh'::regnamespace AND relkind = 'r'"
                )
                #expect(tables.contains("tenant_b") && tables.contains("28P01"))
                for secret in secrets { #expect(!tables.contains(secret)) }
            }
        }
    }
}
