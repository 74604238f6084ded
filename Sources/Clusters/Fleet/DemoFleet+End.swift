extension DemoFleet {
    /// Stops all servers; ``open(directory:tenants:source:programs:deadline:report:)`` starts them again.
    public func stop(deadline: Duration = .seconds(60), report: @escaping @Sendable (Step) -> Void = { _ in }) async throws {
        try await FleetLock.hold(Self.lockName, of: directory) {
            // A primary that stops before its standby waits until that has everything.
            for group in [tenants.map(\.standby), tenants.map(\.primary) + [warehouse]] {
                let works = group.filter(\.isRunning).map { cluster -> FleetWork.Part in
                    {
                        report(Step(member: cluster.name, action: .stopping))
                        try await cluster.stop(.fast, deadline: deadline)
                    }
                }
                try await FleetWork.inParallel(works)
            }
        }
    }

    /// Kills all servers and removes the directory.
    public func destroy() async throws { try await Self.destroy(directory: directory) }

    /// Removes the fleet in a directory, finished or not; does nothing when there is no directory.
    ///
    /// - Throws: ``ClusterError`` with code `directoryNotOurs` when the directory holds anything that no fleet made; the clusters in it
    ///   are removed nevertheless, the rest is left.
    public static func destroy(directory: String) async throws {
        let path = Directory.absolute(directory)
        guard Directory.exists(path) else { return }
        guard Directory.names(in: path).isEmpty || Directory.exists("\(path)/\(lockName)") else {
            throw ClusterError(.directoryNotOurs, "\(path) is not a fleet's directory, so it is not removed")
        }
        try await FleetLock.hold(lockName, of: path) {
            for member in FleetDirectory.clusters(in: path) { try await Cluster.destroy(at: member) }
            try Directory.removeAll(engineDirectory(path))
            try FleetDirectory.remove(path, files: [stateName, stateName + ".new", lockName])
        }
    }
}
