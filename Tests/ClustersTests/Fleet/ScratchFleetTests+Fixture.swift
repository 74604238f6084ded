import Glibc
import Testing

@testable import Clusters

extension ScratchFleetTests {
    /// The tenants' tables that the demonstration and the benchmark have.
    func source() throws -> DemoSource {
        let scripts = Directory.absolute("\(#filePath)/../../../../sql/tenant-source")
        let text = { (name: String) in try #require(PrivateFile.read("\(scripts)/\(name)")) }
        return DemoSource(
            schema: try text("schema.sql"), generate: try text("generate.sql"), firstDay: "2025-09-01", days: 1, rowsPerDay: 1,
            menuCopies: 1)
    }

    func open(
        _ path: String, _ variants: [Variant] = variants, makesWarehouse: Bool = false, spareBytes: Int = 0,
        report: @escaping @Sendable (DemoFleet.Step) -> Void = { _ in }
    ) async throws -> ScratchFleet {
        try await ScratchFleet.open(
            directory: path, variants: variants, source: try source(), makesWarehouse: makesWarehouse, spareBytes: spareBytes,
            report: report)
    }

    func facts(of tenant: ScratchFleet.Tenant, _ fleet: ScratchFleet) async throws -> String {
        try await read("SELECT count(*) FROM phood_foodlogsum", tenant, fleet)
    }

    /// A statement on the standby, as the tenant's reader.
    func read(_ statement: String, _ tenant: ScratchFleet.Tenant, _ fleet: ScratchFleet) async throws -> String {
        try await fleet.standby.psql(
            statement, database: tenant.reader.database, user: tenant.reader.user, password: tenant.reader.password)
    }

    func holdsItsVariant(_ tenant: ScratchFleet.Tenant, of fleet: ScratchFleet) async throws {
        #expect(tenant.port == fleet.standby.port)
        let (days, rows) = (tenant.variant.days, tenant.variant.rowsPerDay)
        #expect(
            try await read("SELECT count(*), count(DISTINCT logged_time::date) FROM phood_foodlogsum", tenant, fleet)
                == "\(days * rows)|\(days)")
        // generate.sql's own names have 37 characters.
        let names = "SELECT min(length(name)), max(length(name)), count(DISTINCT right(name, 32)) FROM phood_inventoryitem"
        let width = 37 + tenant.variant.extraTextBytes
        #expect(try await read(names, tenant, fleet) == "\(width)|\(width)|1200")
        let stored = "SELECT min(pg_column_size(name)) >= min(length(name)) FROM phood_inventoryitem"
        #expect(try await read(stored, tenant, fleet) == "t", "PostgreSQL finds nothing to compress")
        let vacuumed = """
            SELECT bool_and(relallvisible = relpages), sum(reltuples) FILTER (WHERE relname = 'phood_foodlogsum') FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            """
        #expect(try await read(vacuumed, tenant, fleet) == "t|\(days * rows)")
    }

    func limitsOfTheReader(_ fleet: ScratchFleet) async throws {
        for tenant in fleet.tenants {
            for statement in ["DELETE FROM phood_foodlogsum", "CREATE TABLE t ()", "CREATE TEMP TABLE t ()"] {
                let refused = await #expect(throws: ClusterError.self) {
                    try await fleet.primary.psql(
                        statement, database: tenant.reader.database, user: tenant.reader.user, password: tenant.reader.password)
                }
                #expect(refused?.sqlstate == "42501")
            }
        }
    }

    func limitsOfTheOwner(_ fleet: ScratchFleet) async throws {
        let warehouse = try #require(fleet.warehouse)
        let owner = try #require(fleet.owner)
        let rights = """
            SELECT rolsuper, rolcreaterole, rolcreatedb, pg_get_userbyid(datdba), current_setting('fsync'), current_setting('work_mem')
            FROM pg_roles, pg_database WHERE rolname = user AND datname = :'DBNAME'
            """
        let seen = try await warehouse.psql(rights, database: owner.database, user: owner.user, password: owner.password)
        #expect(seen == "f|t|t|boss|on|7MB")
    }

    /// Bytes on disk of a directory and all below it.
    func size(of path: String) async throws -> Int {
        let answer = try await Command(program: "/usr/bin/du", arguments: ["-s", "-B1", path], deadline: .seconds(10)).run()
        return try #require(answer.output.split(separator: "\t").first.flatMap { Int($0) })
    }

    /// All processes that work in the directory or below it, or that did before it was removed.
    func processes(below path: String) -> [Int32] {
        Directory.names(in: "/proc").compactMap { Int32($0) }.filter { process in
            var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
            let length = readlink("/proc/\(process)/cwd", &bytes, bytes.count - 1)
            return length > 0 && String(decoding: bytes.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self).hasPrefix(path + "/")
        }
    }

    /// The processors that a new backend says it may use, as `/proc` writes them.
    func allowedList(ofBackendOf member: Cluster) async throws -> String {
        try await member.psql(#"SELECT substring(pg_read_file('/proc/self/status') FROM 'Cpus_allowed_list:\s*(\S+)')"#)
    }

    /// Processors as `/proc` writes them: `0-3,6`.
    func allowedList(_ processors: ProcessorSet) -> String {
        var runs: [ClosedRange<Int>] = []
        for number in processors.numbers {
            if let last = runs.last, last.upperBound + 1 == number {
                runs[runs.count - 1] = last.lowerBound...number
            } else {
                runs.append(number...number)
            }
        }
        return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
    }
}
