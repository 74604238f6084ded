extension DemoFleet {
    /// Brings the fleet up: makes what is missing, starts what is stopped, remakes what was left half-made, and waits until every
    /// standby has replayed its primary.
    ///
    /// A tenant whose data are not those of `source` is made again. A server whose port somebody else has taken gets another.
    /// - Parameters:
    ///   - directory: made if missing; an existing one is empty or an earlier fleet's. The servers' account must be able to enter it.
    ///   - tenants: 1 to ``tenantLimit``; a fleet that has more keeps them.
    ///   - programs: nil to locate them.
    ///   - deadline: for each single step, such as filling one tenant.
    ///   - report: called as each step begins, from any thread.
    /// - Throws: ``ClusterError``, or `CancellationError`; servers that are up by then stay up.
    public static func open(
        directory: String, tenants: Int, source: DemoSource, programs: ServerPrograms? = nil, deadline: Duration = .seconds(600),
        report: @escaping @Sendable (Step) -> Void = { _ in }
    ) async throws -> DemoFleet {
        guard (1...tenantLimit).contains(tenants) else {
            throw ClusterError(.invalidArgument, "a fleet has 1 to \(tenantLimit) tenants, not \(tenants)")
        }
        let path = Directory.absolute(directory)
        let programs = if let programs { programs } else { try await ServerPrograms.locate() }
        try FleetDirectory.refuseForeign(path, lock: lockName)
        try FleetDirectory.make(path)
        return try await FleetLock.hold(lockName, of: path) {
            var state = PrivateFile.read(stateFile(path)).map { FleetState($0) } ?? FleetState()
            state.tenants = max(state.tenants, tenants)
            let fleet = try plan(path, &state, programs: programs)
            // Saved before anything is made: passwords that a server has must never be lost.
            try save(state, of: path)
            try Directory.makeAll(fleet.engineDirectory, mode: 0o700)
            try await FleetWork.inParallel(fleet.works(source: source, deadline: deadline, report: report))
            return fleet
        }
    }

    /// The fleet that an earlier run made and finished, running or not; nil when there is none.
    public static func existing(directory: String, programs: ServerPrograms? = nil) async throws -> DemoFleet? {
        let fleet = try await begun(directory: directory, programs: programs)
        return fleet.flatMap { fleet in fleet.members.allSatisfy { completion(of: $0) != nil } ? fleet : nil }
    }

    /// The fleet that an earlier run began, finished or not, for stopping what runs of it; nil when there is none.
    public static func begun(directory: String, programs: ServerPrograms? = nil) async throws -> DemoFleet? {
        let path = Directory.absolute(directory)
        guard let text = PrivateFile.read(stateFile(path)) else { return nil }
        let programs = if let programs { programs } else { try await ServerPrograms.locate() }
        var state = FleetState(text)
        return try plan(path, &state, programs: programs)
    }

    /// All servers, each standby after its primary.
    public var members: [Cluster] { [warehouse] + tenants.flatMap { [$0.primary, $0.standby] } }

    private static func save(_ state: FleetState, of path: String) throws {
        try PrivateFile.write(state.text, to: stateFile(path), account: .caller())
    }

    /// The fleet as it will be: every member has its port and its password, whether it exists yet or not.
    private static func plan(_ path: String, _ state: inout FleetState, programs: ServerPrograms) throws -> DemoFleet {
        let account = try ServerAccount.current()
        func member(_ name: String, _ settings: [String: String], password: String, follows primary: Cluster? = nil) throws -> Cluster {
            let cluster = Cluster(
                directory: "\(path)/\(name)", port: state[portOf: name] ?? 0, mayMove: false, superuser: "postgres", password: password,
                settings: settings, lifetime: .detached, programs: programs, account: account, primaryPort: primary?.port)
            cluster.adoptPort()
            if !cluster.isRunning, !isFree(port: cluster.port) {
                repeat { cluster.move(to: try freePort(from: firstPort(path))) } while state.holds(port: cluster.port)
            }
            state[portOf: name] = cluster.port
            return cluster
        }
        let tenants = try (0..<min(state.tenants, tenantLimit)).map { index in
            let name = tenantName(index)
            let primary = try member(name, FleetSettings.tenant, password: state.password("\(name).postgres"))
            return Tenant(
                name: name, primary: primary,
                standby: try member("\(name)_standby", FleetSettings.tenant, password: primary.password, follows: primary),
                reader: Login(user: "reader", password: state.password("\(name).reader"), database: "production"))
        }
        return DemoFleet(
            directory: path, tenants: tenants,
            warehouse: try member("warehouse", warehouseSettings, password: state.password("warehouse.postgres")),
            owner: Login(user: "boss", password: state.password("warehouse.boss"), database: "warehouse"))
    }

    /// Where the search for a fleet's ports begins: 20000 to 29999, another place for each directory, so that fleets keep out of each
    /// other's way. Linux takes ports for outgoing connections from 32768 on (ip_local_port_range): down here a stopped server's port
    /// is mostly still free when it starts again.
    private static func firstPort(_ path: String) -> Int {
        20_000 + Int(path.utf8.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) } % 10_000)
    }

    // Nothing in a demonstration needs to survive a power cut.
    private static let warehouseSettings = FleetSettings.warehouse.merging(["fsync": "off"]) { $1 }
}
