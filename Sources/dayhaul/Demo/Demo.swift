import Clusters
import Glibc
import Ingest
import Postgres
import PostgresBinary
import Reports
import SQLText
import Spill
import Warehouse

/// The job, done on a fleet of local clusters with the same parts that the commands use.
struct Demo {
    private let fleet: DemoFleet

    init(_ fleet: DemoFleet) { self.fleet = fleet }

    private var conninfo: String {
        "host=\(Cluster.host) port=\(fleet.warehouse.port) dbname=\(fleet.owner.database) user=\(fleet.owner.user) password=\(fleet.owner.password)"
    }
    private var keyFile: String { "\(fleet.engineDirectory)/key" }
    private var spillDirectory: String { "\(fleet.engineDirectory)/spill" }

    private func warehouse() throws -> Warehouse { Warehouse(try ConnectionParameters(conninfo: conninfo)) }

    /// init, tenant add, and the templates.
    func prepare(templates: [String]) async throws {
        let warehouse = try warehouse()
        _ = try await ControlSchema.install(in: warehouse)
        if access(keyFile, F_OK) != 0 { try KeyRing.create(at: keyFile) }
        let keys = try KeyRing(contentsOf: keyFile)
        try await warehouse.withSession { session in
            let known = try await TenantCatalogue.all(session).map(\.name)
            for member in fleet.tenants {
                var tenant = Tenant(
                    name: member.name, host: Cluster.host, port: member.standby.port, database: member.reader.database,
                    user: member.reader.user, tls: TLS(mode: .disable))
                try tenant.seal(.value(Secret(member.reader.password)), with: keys)
                if known.contains(member.name) {
                    try await TenantCatalogue.update(tenant, session)
                } else {
                    try await TenantCatalogue.add(tenant, session)
                }
            }
            for template in templates { try await session.execute(script: template) }
        }
    }

    /// Plans and ingests all tenants and reports.
    func ingest(_ days: Planner.Days) async throws -> RunResult {
        let warehouse = try warehouse()
        let limits = Limits()
        let plan = try await warehouse.withSession { try await Planner.plan(days, Selection(), sliceDays: limits.sliceDays, $0) }
        let spill = try SpillDirectory(path: spillDirectory, quota: SpillQuota(limit: limits.spillBytes))
        let engine = Engine(warehouse, keys: try KeyRing(contentsOf: keyFile), spill: spill, limits: limits, version: Dayhaul.version)
        StandardError.write("ingesting \(plan.dayCount) days of \(fleet.tenants.count) tenants from their standbys\n")
        return try await RunSession.carryOut(plan, as: .ingest, with: engine, isQuiet: false)
    }

    /// A few rows of each tenant, as a reader of `public.foodlogstats` sees them.
    func sample() async throws -> String {
        var table = TextTable(
            ("schema_name", .left), ("id", .right), ("store", .left), ("station", .left), ("name", .left), ("weight", .right),
            ("logged_time", .left))
        try await warehouse().withSession { session in
            for tenant in fleet.tenants {
                let rows = try await session.query(
                    """
                    SELECT schema_name, id, store, station, name, weight, logged_time FROM public.foodlogstats
                    WHERE schema_name = $1 ORDER BY logged_time, id LIMIT 3
                    """, [tenant.name])
                for row in rows.values {
                    let cells = row.map { $0 ?? "" }
                    table.add(cells[0], cells[1], cells[2], cells[3], String(cells[4].prefix(16)), cells[5], cells[6])
                }
            }
        }
        return "\npublic.foodlogstats, the first three rows of each tenant:\n\n" + table.text
    }

    /// How to go on, in lines that a shell takes as they are.
    func instructions(from first: CalendarDate, to last: CalendarDate, again: String) -> String {
        let program = CommandLine.arguments.first ?? "dayhaul"
        return """

            To go on by hand:

              export DAYHAUL_WAREHOUSE='\(conninfo)'
              export DAYHAUL_KEY_FILE='\(keyFile)' DAYHAUL_SPILL_DIRECTORY='\(spillDirectory)'
              psql "$DAYHAUL_WAREHOUSE"
              \(program) status
              \(program) verify --from \(first) --to \(last)
              \(program) ingest --from \(first) --to \(last) --tenant \(fleet.tenants.first?.name ?? "tenant_a")

            The servers run on. To run it again, stop it or remove it:

              \(program) \(again)
              \(program) \(again) --stop
              \(program) \(again) --destroy
            """
    }
}
