extension DemoFleet {
    /// What brings the members up, independent of each other: the warehouse, and each tenant with its standby.
    func works(source: DemoSource, deadline: Duration, report: @escaping @Sendable (Step) -> Void) -> [FleetWork.Part] {
        let tenantWorks = tenants.enumerated().map { index, tenant -> FleetWork.Part in
            { try await bringUp(tenant, seed: index + 1, source: source, deadline: deadline, report: report) }
        }
        return tenantWorks + [{ try await bringUpWarehouse(deadline: deadline, report: report) }]
    }

    private func bringUpWarehouse(deadline: Duration, report: @Sendable (Step) -> Void) async throws {
        try await bringUp(warehouse, fingerprint: "warehouse of an owner with CREATEDB", deadline: deadline, report: report) {
            try await warehouse.makeDatabase(ownedBy: owner, deadline: deadline)
        }
        report(Step(member: warehouse.name, action: .ready))
    }

    private func bringUp(
        _ tenant: Tenant, seed: Int, source: DemoSource, deadline: Duration, report: @Sendable (Step) -> Void
    ) async throws {
        let fingerprint = source.fingerprint(seed: seed)
        if Self.completion(of: tenant.primary) != fingerprint { try await remove(tenant.standby, report) }
        try await bringUp(tenant.primary, fingerprint: fingerprint, deadline: deadline, report: report) {
            report(Step(member: tenant.name, action: .filling))
            try await tenant.primary.makeDatabase(tenant.reader.database, seed: seed, from: source, deadline: deadline)
            try await tenant.primary.makeReader(tenant.reader, deadline: deadline)
            try await tenant.primary.grantConnect(tenant.reader, deadline: deadline)
            try await tenant.primary.grantSelect(tenant.reader, deadline: deadline)
        }
        report(Step(member: tenant.name, action: .ready))
        try await bringUpStandby(of: tenant, deadline: deadline, report: report)
    }

    /// Makes and fills a cluster, or starts the one that an earlier run finished.
    private func bringUp(
        _ cluster: Cluster, fingerprint: String, deadline: Duration, report: @Sendable (Step) -> Void, fill: () async throws -> Void
    ) async throws {
        if Self.completion(of: cluster) == fingerprint { return try await start(cluster, deadline, report) }
        try await remove(cluster, report)
        report(Step(member: cluster.name, action: .creating))
        try await cluster.make(encoding: "UTF8")
        try await cluster.start(deadline: deadline)
        try await fill()
        try Self.complete(cluster, fingerprint)
    }

    private func bringUpStandby(of tenant: Tenant, deadline: Duration, report: @Sendable (Step) -> Void) async throws {
        let standby = tenant.standby
        // A standby that was promoted by hand has lost its signal file and is of no use any more.
        if Self.completion(of: standby) != nil, standby.isStandby {
            try await start(standby, deadline, report)
        } else {
            try await remove(standby, report)
            report(Step(member: standby.name, action: .copying))
            try await tenant.primary.makeStandby(standby, deadline: deadline)
            try Self.complete(standby, "standby")
        }
        report(Step(member: standby.name, action: .replaying))
        try await standby.waitForReplay(of: tenant.primary, deadline: deadline)
        report(Step(member: standby.name, action: .ready))
    }

    private func start(_ cluster: Cluster, _ deadline: Duration, _ report: @Sendable (Step) -> Void) async throws {
        // The server may run with settings of an earlier version, or follow a port that its primary has left.
        if cluster.isRunning, !cluster.hasCurrentSettings { try await cluster.stop(.fast, deadline: deadline) }
        if !cluster.isRunning { report(Step(member: cluster.name, action: .starting)) }
        try await cluster.start(deadline: deadline)
    }

    private func remove(_ cluster: Cluster, _ report: @Sendable (Step) -> Void) async throws {
        guard Directory.exists(cluster.directory) else { return }
        report(Step(member: cluster.name, action: .removing))
        try await cluster.destroy()
    }

    /// What a finished member holds; nil for one that is missing or half-made.
    static func completion(of cluster: Cluster) -> String? {
        PrivateFile.read("\(cluster.directory)/complete")
    }

    private static func complete(_ cluster: Cluster, _ fingerprint: String) throws {
        try PrivateFile.write(fingerprint, to: "\(cluster.directory)/complete", account: cluster.account)
    }
}
