import FoundationEssentials
import Glibc
import Sizing
import Stages
import TestKit
import Testing

@Suite("dayhaul bench", .serialized, .timeLimit(.minutes(5)))
struct BenchTests {
    /// An operator with two tenants whose days are loaded, and the name of a scratch database.
    private func withLoadedTenants(_ body: (Operator, String) async throws -> Void) async throws {
        try await withTenantSources(2, days: 4, rowsPerDay: 200) { sources in
            try await withInitialisedOperator { boss in
                try await boss.warehouse.psql(#"ALTER ROLE :"login" CREATEDB"#, variables: ["login": boss.login])
                for (name, source) in zip(["tenant_a", "tenant_b"], sources) { try await boss.add(name, source) }
                let loaded = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-04")
                #expect(loaded.status == .exited(0), "\(loaded.errors)")
                try await body(boss, "bench_\(Cluster.randomPassword().prefix(8))")
            }
        }
    }

    private func measurements(_ boss: Operator, _ file: String = "bench.json") throws -> Measurements {
        try MeasurementFile.read(try Data(contentsOf: URL(filePath: "\(boss.home)/\(file)")))
    }

    /// Databases and roles of a scratch name that are there.
    private func remains(_ scratch: String, _ boss: Operator) async throws -> String {
        try await remains(scratch, on: boss.warehouse.cluster)
    }

    private func remains(_ scratch: String, on cluster: Cluster) async throws -> String {
        try await cluster.psql(
            """
            SELECT (SELECT count(*) FROM pg_database WHERE datname LIKE :'name' || '%')
                + (SELECT count(*) FROM pg_roles WHERE rolname LIKE :'name' || '%')
            """, variables: ["name": scratch])
    }

    @Test("measures every stage of every party, with the sources' rows, and leaves nothing behind but its file")
    func measures() async throws {
        try await withLoadedTenants { boss, scratch in
            let before = try await boss.ask("SELECT count(*), max(run_id) FROM _wh.runs")
            let ended = try await boss.dayhaul("bench", "--repetitions", "1", "--scratch", scratch)
            #expect(ended.status == .exited(0), "\(ended.errors)")
            #expect(ended.output.contains("dayhaul size bench.json") && ended.errors.contains("null sink"))
            let found = try measurements(boss)
            let repetitions = found.configurations.flatMap(\.repetitions)
            #expect(Set(repetitions.map(\.kind)) == [.full, .nullSource, .nullSink])
            #expect(Set(found.configurations.map(\.configuration.streams)) == [1, 2, 4])
            #expect(found.provenance.workload.tenants == 2 && found.provenance.workload.days == 4 && found.provenance.seed == nil)
            for repetition in repetitions where repetition.kind == .full {
                #expect(repetition.parity == .same)
                #expect(repetition.stages.map(\.stage) == Stage.allCases && repetition.storedBytes > 0)
                for stage in repetition.stages { try check(stage) }
                // The client waits less than everything takes.
                #expect(repetition.stages.compactMap(\.client?.cpuSeconds).reduce(0, +) < repetition.wallSeconds * 2)
            }
            #expect(try await remains(scratch, boss) == "0")
            #expect(try await boss.ask("SELECT count(*), max(run_id) FROM _wh.runs") == before)
            let sized = try await boss.dayhaul("size", "bench.json")
            #expect(sized.status == .exited(0) && sized.output.contains("UNCERTAIN"), "\(sized.errors)")
            let again = try await boss.dayhaul("bench", "--scratch", scratch)
            #expect(again.status == .exited(2) && again.errors.contains("bench.json is there already"))
        }
    }

    @Test("measures reports with types and operator classes of extensions, and with the warehouse's own types")
    func ownTypes() async throws {
        try await withLoadedTenants { boss, scratch in
            try await boss.warehouse.psql(
                """
                CREATE EXTENSION citext; CREATE EXTENSION pg_trgm; CREATE EXTENSION hstore;
                SET ROLE :"login"; CREATE TYPE public.kind AS ENUM ('log', 'none')
                """, variables: ["login": boss.login])
            try await boss.warehouse.psql(
                """
                INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions, indexes) VALUES ('typed',
                    'SELECT id, id::text AS name, ''a=>1'' AS more, ''log'' AS kind, logged_time FROM phood_foodlogsum
                    WHERE logged_time >= ''{TARGET_DATE}''::date AND logged_time < ''{TARGET_DATE}''::date + 1',
                    'id int, name citext, more hstore, kind kind, logged_time timestamp',
                    'CREATE INDEX ON {SCHEMA}.{VIEW_NAME} USING gin ((name::text) gin_trgm_ops)')
                """)
            let loaded = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-04", "--report", "typed")
            #expect(loaded.status == .exited(0), "\(loaded.errors)")
            let ended = try await boss.dayhaul(
                "bench", "--repetitions", "1", "--scratch", scratch, "--report", "typed", "--streams", "1", "--days", "2")
            #expect(ended.status == .exited(0), "\(ended.errors)")
            #expect(try measurements(boss).configurations.flatMap(\.repetitions).contains { $0.parity == .same })
            #expect(try await remains(scratch, boss) == "0")
        }
    }

    @Test("a day that cannot be loaded is named and left out, and the others are measured; where none can, it says why")
    func oddDay() async throws {
        try await withLoadedTenants { boss, scratch in
            try await boss.warehouse.psql(
                """
                INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions) VALUES ('odd',
                    'SELECT id, 10 / (extract(day FROM logged_time)::int - 2) AS part, logged_time FROM phood_foodlogsum
                    WHERE logged_time >= ''{TARGET_DATE}''::date AND logged_time < ''{TARGET_DATE}''::date + 1',
                    'id int, part int, logged_time timestamp')
                """)
            let loaded = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-04", "--report", "odd")
            #expect(loaded.status == .exited(3) && loaded.errors.contains("division by zero"), "\(loaded.errors)")
            let command = ["bench", "--repetitions", "1", "--scratch", scratch, "--report", "odd", "--streams", "1", "--days", "4"]
            let ended = try await boss.dayhaul(command)
            #expect(ended.status == .exited(0), "\(ended.errors)")
            #expect(
                ended.errors.contains("warning: odd of tenant_a 2025-09-02 and 1 more cannot be loaded, not measured: "),
                "\(ended.errors)")
            let repetitions = try measurements(boss).configurations.flatMap(\.repetitions)
            #expect(repetitions.contains { $0.parity == .same } && !repetitions.contains { $0.parity == .differs })

            try await boss.warehouse.psql(
                "UPDATE _wh.mv_templates SET query_template = replace(query_template, '- 2', '* 0') WHERE template_name = 'odd'")
            let none = try await boss.dayhaul(command + ["--output", "none.json"])
            #expect(none.status == .exited(1) && none.errors.contains("division by zero"), "\(none.errors)")
            #expect(try await remains(scratch, boss) == "0")
        }
    }

    private func check(_ stage: StageFigures) throws {
        #expect(stage.wallSeconds > 0, "\(stage.stage)")
        switch stage.stage {
        case .extract:
            let source = try #require(stage.source)
            #expect(source.cpuSeconds > 0 && !source.cpuIsEstimated && source.bytesSent > 0)
            #expect(stage.client?.bytesReceived == source.bytesSent)
        case .decode, .transform, .encode, .spill: #expect(try #require(stage.client).cpuSeconds > 0, "\(stage.stage)")
        case .load, .index, .analyse, .publish, .view:
            let warehouse = try #require(stage.warehouse)
            #expect(warehouse.cpuSeconds > 0 && warehouse.bytesWritten > 0 && stage.walBytes > 0, "\(stage.stage)")
        }
    }

    @Test(
        "Ctrl-C leaves a file that can be used, and nothing else; a tenant and a report that cannot be measured are named and left out")
    func interrupted() async throws {
        try await withLoadedTenants { boss, scratch in
            // A password that was sealed for another tenant does not open.
            try await boss.warehouse.psql(
                """
                INSERT INTO _wh.tenant_connections (tenant_name, host, dbname, username, password)
                    SELECT 'away', host, dbname, username, password FROM _wh.tenant_connections LIMIT 1;
                INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions, time_zone)
                    VALUES ('odd', 'SELECT {TARGET_DATE}::date AS d', 'd date', 'Nowhere/Land');
                """)
            let ended = try await boss.dayhaul("bench", "--repetitions", "50", "--scratch", scratch) { running in
                try await running.wait(for: "some repetitions") { try running.errorsSoFar().contains("3/") }
                running.send(SIGINT)
            }
            #expect(
                ended.status == .exited(130) && ended.errors.contains("what was measured until then is in bench.json"), "\(ended.errors)")
            #expect(ended.errors.contains("away cannot be reached, and is not measured"), "\(ended.errors)")
            #expect(ended.errors.contains("report odd: time_zone Nowhere/Land is not known to the warehouse: not measured"))
            #expect(try !measurements(boss).configurations.isEmpty)
            #expect(try await remains(scratch, boss) == "0")
        }
    }

    @Test("one that is killed leaves a file that can be used, and what else it leaves the next one removes")
    func killed() async throws {
        try await withLoadedTenants { boss, scratch in
            var boss = boss
            boss.environment["TMPDIR"] = boss.home
            let ended = try await boss.dayhaul("bench", "--repetitions", "50", "--scratch", scratch) { [boss] running in
                try await running.wait(for: "a repetition that has begun to write") {
                    guard try running.errorsSoFar().contains("3/") else { return false }
                    return try await remains(scratch, boss) == "5"
                }
                running.send(SIGKILL)
            }
            #expect(ended.status == .killed(signal: SIGKILL))
            #expect(try !measurements(boss).configurations.isEmpty && workFolders(boss).count == 1)
            #expect(try await remains(scratch, boss) != "0")
            try await eventually("the killed one's sessions to end", within: .seconds(30)) {
                try await boss.warehouse.psql("SELECT count(*) FROM pg_stat_activity WHERE datname = :'name'", variables: ["name": scratch])
                    == "0"
            }
            let next = try await boss.dayhaul("bench", "--repetitions", "1", "--scratch", scratch, "--output", "next.json")
            #expect(next.status == .exited(0), "\(next.errors)")
            #expect(try await remains(scratch, boss) == "0")
            #expect(try workFolders(boss).isEmpty && !measurements(boss, "next.json").configurations.isEmpty)
        }
    }

    private func workFolders(_ boss: Operator) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: boss.home).filter { $0.hasPrefix("dayhaul-trials-") }
    }

    @Test(
        "servers whose processes it cannot see, as on RDS: their class is asked for, and their CPU time is estimated, stage by stage",
        .enabled(if: Namespace.isAllowed, "process namespaces take root"))
    func unseen() async throws {
        try await SharedClusters.withCluster(settings: ["work_mem": "7MB"]) { measured in
            try await measured.psql("CREATE ROLE sizer LOGIN CREATEDB CREATEROLE PASSWORD 'secret'")
            try await withLoadedTenants { boss, scratch in
                var boss = boss
                let own = try text(of: "\(boss.home)/.pgpass")
                _ = try boss.write(own + "\(Cluster.host):\(measured.port):*:sizer:secret\n", to: ".pgpass")
                let target = "host=\(Cluster.host) port=\(measured.port) dbname=postgres user=sizer"
                let command = ["bench", "--target", target, "--repetitions", "1", "--scratch", scratch]

                let seen = try await boss.dayhaul(command + ["--class", "db.r6g.large", "--output", "seen.json"])
                #expect(seen.status == .exited(0) && seen.errors.contains("is on this machine"), "\(seen.errors)")
                let exact = try measurements(boss, "seen.json")
                #expect(exact.provenance.sharesMachine && exact.provenance.cpuModel != "db.r6g.large")

                boss.launcher = Namespace.launcher
                let asked = try await boss.dayhaul(command)
                #expect(
                    asked.status == .exited(2) && asked.errors.contains("--class") && !asked.errors.contains("measurements"),
                    "\(asked.errors)")
                let ended = try await boss.dayhaul(command + ["--class", "db.r6g.large"])
                #expect(ended.status == .exited(0) && ended.errors.contains("cannot be seen from here"), "\(ended.errors)")
                let estimated = try measurements(boss)
                let provenance = estimated.provenance
                #expect(!provenance.sharesMachine && provenance.cpuModel == "db.r6g.large")
                #expect(provenance.cores == 2 && provenance.memoryBytes == 16 << 30)
                #expect(provenance.settings.contains { $0.name == "work_mem" && $0.value == "7MB" }, "\(provenance.settings)")
                for repetition in estimated.configurations.flatMap(\.repetitions) where repetition.kind == .full {
                    #expect(repetition.parity == .same)
                    for parties in [repetition.stages.compactMap(\.warehouse), repetition.stages.compactMap(\.source)] {
                        #expect(!parties.isEmpty && parties.allSatisfy(\.cpuIsEstimated))
                    }
                }
                // Sampled every 20 ms, and what waits for a core counts: no closer than that on a busy machine.
                let ratio = warehouseSeconds(estimated) / warehouseSeconds(exact)
                #expect((0.3...6).contains(ratio), "\(ratio)")
                #expect(try await remains(scratch, on: measured) == "0")
                #expect(try await remains(scratch, boss) == "0")
            }
        }
    }

    /// Of a full repetition, on average.
    private func warehouseSeconds(_ measurements: Measurements) -> Double {
        let full = measurements.configurations.flatMap(\.repetitions).filter { $0.kind == .full }
        return full.flatMap(\.stages).compactMap(\.warehouse?.cpuSeconds).reduce(0, +) / Double(full.count)
    }

    /// A namespace of processes, as a container's (pid_namespaces(7)): what runs in it sees no process outside.
    private enum Namespace {
        static let launcher = ["/usr/bin/unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
        static var isAllowed: Bool { geteuid() == 0 && access(launcher[0], X_OK) == 0 }
    }

    @Test("what is in its way is said, and left alone unless a killed bench left it; the budget ends it between two repetitions")
    func refusals() async throws {
        try await withLoadedTenants { boss, scratch in
            try await boss.warehouse.psql(#"ALTER ROLE :"login" NOCREATEDB"#, variables: ["login": boss.login])
            let unable = try await boss.dayhaul("bench", "--scratch", scratch)
            #expect(unable.status == .exited(2) && unable.errors.contains("CREATEDB"), "\(unable.errors)")
            try await boss.warehouse.psql(
                #"""
                ALTER ROLE :"login" CREATEDB;
                CREATE DATABASE :"name";
                """#, variables: ["login": boss.login, "name": scratch])
            let refused = try await boss.dayhaul("bench", "--scratch", scratch)
            #expect(refused.status == .exited(2) && refused.errors.contains("no bench made") && refused.errors.contains("--scratch"))
            #expect(try await remains(scratch, boss) == "1" && access("\(boss.home)/bench.json", F_OK) != 0)
            try await boss.warehouse.psql(
                #"""
                ALTER DATABASE :"name" OWNER TO :"login"; COMMENT ON DATABASE :"name" IS 'scratch database of dayhaul bench';
                """#, variables: ["name": scratch, "login": boss.login])
            let ended = try await boss.dayhaul("bench", "--repetitions", "100", "--budget", "25s", "--scratch", scratch, "--json")
            #expect(ended.status == .exited(0) && ended.errors.contains("the budget is used"), "\(ended.errors)")
            #expect(ended.output.hasPrefix("{"))
            #expect(try await remains(scratch, boss) == "0")
        }
    }

    @Test("a source that is no replica is warned of, and read with one stream; cores are those that the program may use")
    func primary() async throws {
        try await withTenantSource(days: 3, rowsPerDay: 200) { source in
            try await withInitialisedOperator { boss in
                try await boss.warehouse.psql(#"ALTER ROLE :"login" CREATEDB"#, variables: ["login": boss.login])
                try await boss.add("tenant_a", source, port: source.primary.port)
                try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-03")
                let scratch = "bench_\(Cluster.randomPassword().prefix(8))"
                var boss = boss
                boss.launcher = ["/usr/bin/taskset", "--cpu-list", try firstProcessor()]
                let ended = try await boss.dayhaul("bench", "--repetitions", "1", "--scratch", scratch)
                #expect(ended.status == .exited(0) && ended.errors.contains("is not a replica"), "\(ended.errors)")
                #expect(try measurements(boss).provenance.cores == 1)
                #expect(try Set(measurements(boss).configurations.map(\.configuration.streams)) == [1])
            }
        }
    }

    /// The number of one that this process may run on: `Cpus_allowed_list: 0-3,6` (proc(5)).
    private func firstProcessor() throws -> String {
        let lines = try text(of: "/proc/self/status").split(separator: "\n")
        let list = try #require(lines.first { $0.hasPrefix("Cpus_allowed_list:") })
        return String(list.drop { !$0.isNumber }.prefix { $0.isNumber })
    }

    @Test("synthetic tenants need no warehouse: rows a day, widths and cores vary, and their clusters are gone afterwards")
    func synthetic() async throws {
        try await withDirectory { home in
            chmod(home, 0o711)
            // Nobody holds its lock.
            try FileManager.default.createDirectory(
                atPath: "\(home)/dayhaul-trials-killed/spill", withIntermediateDirectories: true)
            let program = DayhaulProgram(environment: ["HOME": home, "PATH": "/usr/bin:/bin", "TMPDIR": home], directory: home)
            let ended = try await program.run([
                "bench", "--tenants", "3", "--rows-per-day", "400", "--days", "2", "--repetitions", "1",
            ])
            #expect(ended.status == .exited(0), "\(ended.errors)")
            let found = try MeasurementFile.read(try Data(contentsOf: URL(filePath: "\(home)/bench.json")))
            let configurations = found.configurations.map(\.configuration)
            #expect(Set(configurations.map(\.workload.rowBytes)).count >= 3 && Set(configurations.map(\.workload.rowsPerDay)).count >= 2)
            #expect(Set(configurations.map(\.workload.days)) == [1, 2] && Set(configurations.map(\.cores)).contains(1))
            #expect(found.configurations.flatMap(\.repetitions).allSatisfy { $0.parity != .differs } && configurations.allSatisfy(\.fsync))
            // A disk is made slower where this process may; whether it may is the kernel's word, not the program's.
            let isSlowed = access("/sys/fs/cgroup/blkio/cgroup.procs", W_OK) == 0
            #expect(
                configurations.contains { $0.diskBytesPerSecond != nil } == isSlowed && isSlowed != ended.errors.contains("no slower disk"))
            #expect(found.provenance.seed == 1 && found.provenance.workload.tenants == 3 && found.provenance.fsyncsPerSecond > 0)
            let left = try FileManager.default.contentsOfDirectory(atPath: home).filter { $0.hasPrefix("dayhaul-trials") }
            #expect(left.isEmpty)
        }
    }

    @Test("synthetic tenants that do not fit on the disk are refused before any is made")
    func noSpace() async throws {
        try await withDirectory { home in
            let program = DayhaulProgram(environment: ["HOME": home, "PATH": "/usr/bin:/bin", "TMPDIR": home], directory: home)
            let ended = try await program.run([
                "bench", "--tenants", "100", "--rows-per-day", "10000000", "--days", "300", "--budget", "10000h",
            ])
            #expect(ended.status == .exited(1) && ended.errors.contains("fewer --tenants"), "\(ended.errors)")
        }
    }

    @Test(
        "nonsense is refused",
        arguments: [
            ["--tenants", "3"], ["--tenants", "3", "--rows-per-day", "5"], ["--rows-per-day", "5"], ["--budget", "soon"],
            ["--repetitions", "0"], ["--streams", "0"], ["--scratch", "Big Name"], ["--days", "0"], ["--directory", "/tmp"],
            ["--tenants", "3", "--rows-per-day", "5", "--days", "2", "--tenant", "a"],
        ])
    func nonsense(arguments: [String]) async throws {
        try await withDirectory { home in
            let program = DayhaulProgram(environment: ["HOME": home, "PATH": "/usr/bin:/bin"], directory: home)
            let ended = try await program.run(["bench"] + arguments)
            #expect(ended.status == .exited(2), "\(ended.errors)")
        }
    }
}
