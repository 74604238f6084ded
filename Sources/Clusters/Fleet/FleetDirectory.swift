internal import Glibc

/// A fleet's directory: its clusters, and a few files of its own, of which a lock file says whose it is.
enum FleetDirectory {
    /// Refuses a directory that has something in it but not the lock file of that name. A missing one is fine.
    ///
    /// - Throws: ``ClusterError`` with code `directoryUnusable`.
    static func refuseForeign(_ path: String, lock: String) throws {
        guard Directory.names(in: path).isEmpty || Directory.exists("\(path)/\(lock)") else {
            throw ClusterError(.directoryUnusable, "\(path) holds something else", hint: "choose an empty or a new directory")
        }
    }

    /// Makes the directory if it is missing.
    static func make(_ path: String) throws {
        // 0711: the servers' account passes through, but only the caller lists it.
        try Directory.makeAll(path, mode: 0o711)
    }

    /// The clusters in the directory, finished or not.
    static func clusters(in path: String) -> [String] {
        Directory.names(in: path).map { "\(path)/\($0)" }.filter { Cluster.isMarked($0) || Directory.isEmpty($0) }
    }

    /// Removes the fleet's own files in the order given, and then the directory. The clusters are gone already.
    ///
    /// - Parameter isKept: the empty directory stays.
    /// - Throws: ``ClusterError`` with code `directoryNotOurs` when anything else is in it; nothing is removed then.
    static func remove(_ path: String, files: [String], isKept: Bool = false) throws {
        if let foreign = Directory.names(in: path).first(where: { !files.contains($0) }) {
            throw ClusterError(
                .directoryNotOurs, "\(path) holds \(foreign), which no fleet made, so it is not removed",
                hint: "look at it, remove it, and try again")
        }
        for file in files { unlink("\(path)/\(file)") }
        if !isKept { try systemCall("remove \(path)") { rmdir(path) } }
    }
}
