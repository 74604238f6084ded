extension ScratchFleet {
    /// Makes the fleet, and waits until the standby has replayed its primary.
    ///
    /// Each variant's first tenant is generated, vacuumed and frozen; the others are copies of its database. A failed or cancelled
    /// opening leaves neither process nor file.
    /// - Parameters:
    ///   - directory: made if missing; an existing one is empty, or a fleet's whose process was killed, which is removed. The servers'
    ///     account must be able to enter it.
    ///   - source: how to make the tables, the first day, and the menu; days and rows are the variants'. The tables are those of the
    ///     food-log report.
    ///   - warehouseSettings: `postgresql.conf` settings of the warehouse. It waits for its disk (`fsync`) unless they say otherwise.
    ///   - spareBytes: what else will be needed of the directory's file system, such as for the warehouse's rows.
    ///   - programs: nil to locate them.
    ///   - deadline: for each single step, such as filling one tenant.
    ///   - report: called as each step begins, from any thread.
    /// - Throws: ``ClusterError``, with code `noSpace` before anything is made, `directoryUnusable`, `busy`, or `invalidArgument`;
    ///   `CancellationError`.
    public static func open(
        directory: String, variants: [Variant], source: DemoSource, makesWarehouse: Bool, warehouseSettings: [String: String] = [:],
        spareBytes: Int = 0, programs: ServerPrograms? = nil, deadline: Duration = .seconds(600),
        report: @escaping @Sendable (DemoFleet.Step) -> Void = { _ in }
    ) async throws -> ScratchFleet {
        try Variant.check(variants)
        let path = Directory.absolute(directory)
        let programs = if let programs { programs } else { try await ServerPrograms.locate() }
        try FleetDirectory.refuseForeign(path, lock: lockName)
        try removeLeftover(path, report)
        try checkSpace(for: variants, menuCopies: source.menuCopies, spareBytes: spareBytes, in: path)
        let isFound = Directory.exists(path)
        try FleetDirectory.make(path)
        let lock = try FleetLock(lockName, of: path)
        do {
            if isFound { try PrivateFile.write("this directory is not the fleet's\n", to: "\(path)/\(foundName)", account: .caller()) }
            try Directory.make(engineDirectory(path), mode: 0o700)
            let making = ScratchMaking(
                directory: path, variants: variants, source: source, warehouseSettings: makesWarehouse ? warehouseSettings : nil,
                programs: programs, deadline: deadline, report: report)
            return try await making.run(holding: lock)
        } catch {
            try? remove(path)
            throw error
        }
    }

    private static func removeLeftover(_ path: String, _ report: (DemoFleet.Step) -> Void) throws {
        guard Directory.exists("\(path)/\(lockName)") else { return }
        let lock = try FleetLock(lockName, of: path)
        defer { withExtendedLifetime(lock) {} }
        for member in FleetDirectory.clusters(in: path) where Cluster.isMarked(member) {
            report(DemoFleet.Step(member: Directory.lastName(of: member), action: .removing))
        }
        try remove(path)
    }
}
