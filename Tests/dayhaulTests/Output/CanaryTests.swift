import Glibc
import Subprocess
import SystemPackage
import TestKit
import Testing

/// Texts that nobody else would write are planted as a tenant's password, as its host and in a template's query, and looked for wherever they
/// could come out.
@Suite("Canaries", .timeLimit(.minutes(4)))
struct CanaryTests {
    /// 127.0.0.1, as inet_aton(3) reads it.
    private static let host = "0x7f.0x0.0x0.0x1"
    private static let querySays = "kanarienvogel"

    private static let template = """
        INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions) VALUES ('logs', $$
            SELECT id, logged_time FROM phood_foodlogsum
            WHERE logged_time >= '{TARGET_DATE}' AND logged_time < '{TARGET_DATE}'::date + 1 AND flags IS DISTINCT FROM '\(querySays)'
        $$, 'id integer, logged_time timestamptz')
        """

    @Test("are found where whadmin may look, the password's nowhere, and none in anything that phood_ro or phood_rw can read")
    func nowhere() async throws {
        try await withTenantSource(days: 3) { source in
            // Of the warehouse's server: all statements with their parameters are in its log.
            try await SharedClusters.withCluster(settings: ["log_statement": "all", "log_min_duration_statement": "0"]) { cluster in
                try await withOperator(in: cluster) { boss in
                    try await ingest(source, boss)
                }
            }
        }
    }

    private func ingest(_ source: TenantSource, _ boss: Operator) async throws {
        var said = ""
        func run(_ arguments: String...) async throws {
            let ended = try await boss.dayhaul(arguments + ["--log-level", "debug"])
            #expect(ended.status == .exited(0), "\(ended.errors)")
            said += ended.output + ended.errors
        }
        try await run("init")
        for role in boss.roles.dropFirst() { try await boss.warehouse.psql("ALTER ROLE \(role) PASSWORD 'of a person'") }
        _ = try await boss.ask(Self.template)
        try await boss.psql(file: "template-foodlogstats.sql")
        let file = try boss.write(source.password + "\n", to: "vault")
        try await run(
            "tenant", "add", "tenant_a", "--host", Self.host, "--port", String(source.replica.port), "--dbname", source.primary.database,
            "--username", source.reader, "--sslmode", "disable", "--password-file", file)
        unlink(file)
        let range = ["--from", "2025-09-01", "--to", "2025-09-03"]
        // One day, because the process stops at each table that is filled.
        let ended = try await boss.dayhaul(
            ["ingest", "--log-level", "debug", "--report", "logs", "--from", "2025-09-01", "--to", "2025-09-01"],
            environment: ["DAYHAUL_CRASH_POINT": "table.filled:stop"]
        ) { running in
            try await running.wait(for: "a table to be filled") { running.isStopped }
            try await look(for: source.password, in: ["/proc/\(running.processID)/cmdline", boss.spillDirectory])
            #expect(try Self.commandLines().contains { $0.contains("ingest") })
            #expect(try Self.commandLines().allSatisfy { !$0.contains(source.password) })
            try await read(as: Array(boss.roles.suffix(2)), source.password, boss)
            running.send(SIGCONT)
        }
        #expect(ended.status == .exited(0), "\(ended.errors)")
        said += ended.output + ended.errors
        try await run("ingest", "--from", "2025-09-01", "--to", "2025-09-03")
        try await run("tenant", "set", "tenant_a", "--reseal")
        for arguments in [["verify"] + range, ["status"], ["tenant", "test"], ["tenant", "show", "tenant_a"]] {
            let ended = try await boss.dayhaul(arguments)
            said += ended.output + ended.errors
        }
        #expect(said.contains(Self.host) && !said.contains(source.password))
        try await read(as: Array(boss.roles.suffix(2)), source.password, boss)
        // What is looked for is found where it may be.
        #expect(try await Self.relations(with: Self.querySays, as: boss.roles[1], boss) == "_wh.mv_templates")
        #expect(try await Self.relations(with: Self.host, as: boss.roles[1], boss) == "_wh.tenant_connections")
        #expect(try await Self.relations(with: source.password, as: boss.roles[1], boss) == "")
        try await boss.warehouse.psql("CHECKPOINT")
        let cluster = boss.warehouse.cluster
        try await look(for: source.password, in: [cluster.logFile, cluster.dataDirectory, boss.spillDirectory])
        #expect(try await Self.files(with: Self.host, in: [cluster.logFile, "\(cluster.dataDirectory)/pg_wal"]).count >= 2)
        let dump = try await Self.dump(boss)
        #expect(dump.contains(Self.querySays) && dump.contains(Self.host) && dump.contains("dayhaul2:"))
        #expect(!dump.contains(source.password))
    }

    /// No canary is in anything that these roles can read.
    private func read(as roles: [String], _ password: String, _ boss: Operator) async throws {
        for role in roles {
            for canary in [password, Self.host, Self.querySays] {
                #expect(try await Self.relations(with: canary, as: role, boss) == "", "\(role)")
            }
            #expect(try await Self.relations(with: "logged_time", as: role, boss).contains("pg_attribute"))
        }
    }

    private func look(for password: String, in paths: [String]) async throws {
        #expect(try await Self.files(with: password, in: paths) == [])
    }

    /// The relations of which `role` can read a row, or the columns open to it, with `canary` in it. Catalogues and statistics are among them.
    ///
    /// The text is sent back to front: a session sees its own query in pg_stat_activity.
    private static func relations(with canary: String, as role: String, _ boss: Operator) async throws -> String {
        try await boss.warehouse.psql(
            """
            CREATE FUNCTION pg_temp.relations(canary text) RETURNS SETOF text LANGUAGE plpgsql AS $$
            DECLARE relation record; found boolean;
            BEGIN
                FOR relation IN
                    SELECT c.oid::regclass AS name, string_agg(quote_ident(a.attname), ', ') AS columns
                    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_schema_privilege(c.relnamespace, 'USAGE')
                        AND has_column_privilege(c.oid, a.attnum, 'SELECT')
                    GROUP BY c.oid
                LOOP
                    BEGIN
                        EXECUTE format('SELECT EXISTS (SELECT FROM %s r WHERE strpos(ROW(%s)::text, $1) > 0)', relation.name, relation.columns)
                        INTO found USING canary;
                        IF found THEN RETURN NEXT relation.name; END IF;
                    EXCEPTION WHEN insufficient_privilege THEN
                        -- A view may be readable whose functions are not.
                    END;
                END LOOP;
            END $$;
            SELECT string_agg(relation, ' ' ORDER BY relation) FROM pg_temp.relations(reverse(:'canary')) AS relation
            """, user: role, password: "of a person", variables: ["canary": String(canary.reversed())])
    }

    private static func commandLines() throws -> [String] {
        guard let stream = opendir("/proc") else { return [] }
        defer { closedir(stream) }
        var lines: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            // A process may end meanwhile.
            if Int(name) != nil, let line = try? text(of: "/proc/\(name)/cmdline") { lines.append(line) }
        }
        return lines
    }

    /// The files at or below `paths` that have `canary` in them.
    private static func files(with canary: String, in paths: [String]) async throws -> [String] {
        let found = try await Subprocess.run(
            .path("/usr/bin/grep"), arguments: Arguments(["-rlF", "--text", "-f", "-"] + paths), input: .string(canary + "\n"),
            output: .string(limit: 1 << 16), error: .discarded)
        return found.standardOutput.split(separator: "\n").map(String.init)
    }

    private static func dump(_ boss: Operator) async throws -> String {
        let warehouse = boss.warehouse
        let program = FilePath(warehouse.cluster.programs.directory).appending("pg_dump")
        let dump = try await Subprocess.run(
            .path(program),
            arguments: ["--schema=_wh", "-h", Cluster.host, "-p", "\(warehouse.port)", "-U", warehouse.superuser, warehouse.database],
            environment: .custom(["PGPASSWORD": warehouse.password]), output: .string(limit: 1 << 22), error: .discarded)
        #expect(dump.terminationStatus.isSuccess)
        return dump.standardOutput
    }
}
