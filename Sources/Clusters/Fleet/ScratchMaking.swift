internal import Glibc

/// The making of a scratch fleet in a directory that is locked already.
struct ScratchMaking: Sendable {
    let directory: String
    let variants: [ScratchFleet.Variant]
    let source: DemoSource
    /// Nil for no warehouse.
    let warehouseSettings: [String: String]?
    let programs: ServerPrograms
    let deadline: Duration
    let report: @Sendable (DemoFleet.Step) -> Void

    private let password = Cluster.randomPassword()

    init(
        directory: String, variants: [ScratchFleet.Variant], source: DemoSource, warehouseSettings: [String: String]?,
        programs: ServerPrograms, deadline: Duration, report: @escaping @Sendable (DemoFleet.Step) -> Void
    ) {
        self.directory = directory
        self.variants = variants
        self.source = source
        self.warehouseSettings = warehouseSettings
        self.programs = programs
        self.deadline = deadline
        self.report = report
    }

    /// Makes the tenants and the warehouse side by side. What fails leaves its clusters to the caller.
    func run(holding lock: FleetLock) async throws -> ScratchFleet {
        let owner = DemoFleet.Login(user: "boss", password: Cluster.randomPassword(), database: "warehouse")
        async let warehouse = makeWarehouse(of: owner)
        let (primary, standby) = try await makeTenants()
        let tenants = variants.flatMap { variant in
            variant.tenantNames.map {
                ScratchFleet.Tenant(name: $0, variant: variant, port: standby.port, reader: reader(of: $0))
            }
        }
        let server = try await warehouse
        return ScratchFleet(
            directory: directory, tenants: tenants, primary: primary, standby: standby, warehouse: server,
            owner: server == nil ? nil : owner, lock: lock,
            processors: try ProcessorSet(allowedTo: getpid()))
    }

    private func makeTenants() async throws -> (primary: Cluster, standby: Cluster) {
        let primary = try await start("primary", Self.tenantSettings)
        try await primary.makeReader(reader(of: "postgres"), deadline: deadline)
        try await FleetWork.inParallel(
            variants.enumerated().map { index, variant in { try await fill(variant, seed: index + 1, in: primary) } })
        // The copy of a filled primary: nothing is written twice, once as WAL.
        try await primary.psql("CHECKPOINT", deadline: deadline)
        begin(.copying, "standby")
        let standby = try await primary.makeStandby(at: "\(directory)/standby", deadline: deadline)
        begin(.ready, "standby")
        return (primary, standby)
    }

    private func makeWarehouse(of owner: DemoFleet.Login) async throws -> Cluster? {
        guard let warehouseSettings else { return nil }
        let warehouse = try await start("warehouse", FleetSettings.warehouse.merging(warehouseSettings) { $1 })
        try await warehouse.makeDatabase(ownedBy: owner, deadline: deadline)
        begin(.ready, "warehouse")
        return warehouse
    }

    private func start(_ name: String, _ settings: [String: String]) async throws -> Cluster {
        begin(.creating, name)
        let cluster = try await Cluster.create(at: "\(directory)/\(name)", settings: settings, programs: programs)
        try await cluster.start(deadline: deadline)
        return cluster
    }

    private func fill(_ variant: ScratchFleet.Variant, seed: Int, in primary: Cluster) async throws {
        let names = variant.tenantNames
        let first = names[0]
        begin(.filling, first)
        try await primary.makeDatabase(first, seed: seed, from: variant.applied(to: source), deadline: deadline)
        if variant.extraTextBytes > 0 {
            try await primary.psql(Self.widen, database: first, variables: ["bytes": String(variant.extraTextBytes)], deadline: deadline)
        }
        try await primary.grantSelect(reader(of: first), deadline: deadline)
        // Hint bits are set and rows frozen: the first reader finds the pages as every later one does.
        try await primary.psql("VACUUM (FREEZE, ANALYZE)", database: first, deadline: deadline)
        for name in names.dropFirst() {
            begin(.copying, name)
            try await primary.copyDatabase(first, to: name, deadline: deadline)
        }
        for name in names { try await primary.grantConnect(reader(of: name), deadline: deadline) }
    }

    private func begin(_ action: DemoFleet.Step.Action, _ member: String) { report(DemoFleet.Step(member: member, action: action)) }

    private func reader(of database: String) -> DemoFleet.Login {
        DemoFleet.Login(user: "reader", password: password, database: database)
    }

    // One server has the clients of all tenants.
    private static let tenantSettings = FleetSettings.tenant.merging(["max_connections": "200"]) { $1 }

    private static let widen = """
        UPDATE phood_inventoryitem SET name = name || left(
            (SELECT string_agg(md5(phood_inventoryitem.id || '.' || n), '') FROM generate_series(1, (:bytes + 31) / 32) n), :bytes);
        """
}
