public import Clusters
import Postgres
import PostgresBinary
import Warehouse

/// Tenants that are made up: what a night of them is.
public struct SyntheticTenants: Sendable, Equatable {
    /// How many.
    public var tenants: Int
    /// Food logs of each day of a tenant.
    public var rowsPerDay: Int
    /// Days of each that a night loads.
    public var days: Int

    /// Tenants of one size.
    public init(tenants: Int, rowsPerDay: Int, days: Int) {
        self.tenants = tenants
        self.rowsPerDay = rowsPerDay
        self.days = days
    }

    /// As many tenants of each kind as are measured: what more of them cost is as many times as much.
    private static let mostTenants = 4

    /// What is made of them to be measured: about `rows` rows in the usual load, others of a quarter of the rows a day, and two of wider rows.
    func variants(rows: Int) -> [ScratchFleet.Variant] {
        let count = min(tenants, Self.mostTenants)
        let some = max(1, count / 2)
        let measuredDays = max(1, min(days, max(2, rows / max(1, count * rowsPerDay))))
        func variant(_ name: String, _ tenants: Int, rowsPerDay: Int, wider: Int = 0) -> ScratchFleet.Variant {
            ScratchFleet.Variant(name: name, rowsPerDay: rowsPerDay, days: measuredDays, extraTextBytes: wider, tenants: tenants)
        }
        return [
            variant("usual", count, rowsPerDay: rowsPerDay), variant("small", count, rowsPerDay: max(1, rowsPerDay / 4)),
            variant("wide", some, rowsPerDay: rowsPerDay, wider: 150), variant("wider", some, rowsPerDay: rowsPerDay, wider: 450),
        ]
    }
}

extension Subject {
    /// Synthetic tenants in clusters of their own, which are made first.
    ///
    /// - Parameters:
    ///   - rows: of the usual load, about.
    ///   - directory: for the clusters; see ``ScratchFleet``.
    ///   - source: texts and first day; days and rows are the tenants'.
    ///   - template: registers the food-log report.
    ///   - keyFile: is made, for the tenants' passwords.
    /// - Throws: `ClusterError`, with code `noSpace` before anything is made.
    public static func synthetic(
        _ wanted: SyntheticTenants, rows: Int, mostStreams: Int?, directory: String, source: DemoSource, template: String, keyFile: String,
        makesWarehouse: Bool, report: @escaping @Sendable (DemoFleet.Step) -> Void
    ) async throws -> (subject: Subject, fleet: ScratchFleet) {
        guard let first = CalendarDate(source.firstDay) else { throw BenchError(.invalidArgument, "\(source.firstDay) is no day") }
        let variants = wanted.variants(rows: rows)
        let fleet = try await ScratchFleet.open(
            directory: directory, variants: variants, source: source, makesWarehouse: makesWarehouse, spareBytes: spareBytes(variants),
            report: report)
        do {
            try KeyRing.create(at: keyFile)
            let keys = try KeyRing(contentsOf: keyFile)
            let tenants = try fleet.tenants.map { made in
                var tenant = Tenant(
                    name: made.name, host: made.host, port: made.port, database: made.reader.database, user: made.reader.user,
                    tls: TLS(mode: .disable))
                try tenant.seal(.value(Secret(made.reader.password)), with: keys)
                return tenant
            }
            func load(_ variant: String, _ label: String) -> Load {
                let own = fleet.tenants.filter { $0.variant.name == variant }
                return Load(label: label, tenants: own.map(\.name), days: first...(first + (variants[0].days - 1)))
            }
            let base = load("usual", "the usual load")
            var others = [load("small", "a quarter of the rows a day"), load("wide", "wider rows"), load("wider", "the widest rows")]
            if base.dayCount > 1 { others.append(base.newest(base.dayCount / 2, "half of the days")) }
            if base.tenants.count > 1 { others.append(base.only(base.tenants.prefix(base.tenants.count / 2), "half of the tenants")) }
            // A target elsewhere keeps its cores.
            var restrict: (@Sendable (Int?) throws -> Void)?
            if makesWarehouse { restrict = { try fleet.restrict(toCores: $0, caller: true) } }
            var throttle: (@Sendable (Int?) throws -> Void)?
            var warnings: [String] = []
            if fleet.canThrottle {
                throttle = { try fleet.throttle(writes: $0) }
            } else if makesWarehouse {
                warnings = ["no slower disk is measured: bounding its rate takes root, cgroup v1 with blkio, and a directory on a disk"]
            }
            let subject = Subject(
                tenants: tenants, keys: keys, register: { try await $0.execute(script: template) }, base: base, others: others,
                night: Night(tenants: wanted.tenants, days: wanted.days, rowsPerDay: wanted.rowsPerDay), seed: 1,
                streams: doubling(to: mostStreams ?? usualStreams), warnings: warnings,
                restrict: restrict, throttle: throttle)
            return (subject, fleet)
        } catch {
            try? fleet.destroy()
            throw error
        }
    }

    /// For the warehouse's tables, WAL and spill files of one repetition: each row about once in each of them, with indexes.
    private static func spareBytes(_ variants: [ScratchFleet.Variant]) -> Int {
        variants.map { $0.tenants * $0.days * $0.rowsPerDay * (1200 + 3 * $0.extraTextBytes) }.max() ?? 0
    }
}

extension Target {
    /// The warehouse of a fleet. Throws `invalidArgument` where it has none.
    public init(_ fleet: ScratchFleet) throws {
        guard let warehouse = fleet.warehouse, let owner = fleet.owner else {
            throw BenchError(.invalidArgument, "the clusters were made without a warehouse")
        }
        func login(_ user: String, _ password: String, _ database: String) throws -> ConnectionParameters {
            try ConnectionParameters(
                host: Cluster.host, port: warehouse.port, database: database, user: user, password: Secret(password),
                tls: TLS(mode: .disable))
        }
        self.init(try login(owner.user, owner.password, owner.database))
        superuser = try login(warehouse.superuser, warehouse.password, "postgres")
    }
}
