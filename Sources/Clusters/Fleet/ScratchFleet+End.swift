extension ScratchFleet {
    /// Kills all servers and removes the directory; one that was there before the fleet stays, empty. Does the same in a cancelled
    /// task. Blocks its thread until the files are gone.
    ///
    /// - Throws: ``ClusterError`` with code `directoryNotOurs` when the directory holds anything that no fleet made; the clusters in it
    ///   are removed nevertheless, the rest is left.
    public func destroy() throws {
        defer { withExtendedLifetime(lock) {} }
        for member in members { member.releaseSupervisor() }
        try Self.remove(directory)
    }

    /// Removes what an opening made, finished or not. The caller holds the lock.
    static func remove(_ path: String) throws {
        for member in FleetDirectory.clusters(in: path) { try Cluster.purge(member) }
        try Directory.removeAll(engineDirectory(path))
        let isFound = Directory.exists("\(path)/\(foundName)")
        // The lock goes last: a removal that was interrupted can be taken up again.
        try FleetDirectory.remove(path, files: [foundName + ".new", foundName, lockName], isKept: isFound)
    }
}
