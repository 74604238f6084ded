internal import Glibc

extension Cluster {
    /// Kills the server and removes the directory.
    ///
    /// - Throws: ``ClusterError`` with code `directoryNotOurs` when the directory has lost its marker; nothing is removed then.
    public func destroy() async throws {
        releaseSupervisor()
        try await Self.destroy(at: directory)
    }

    /// Removes the cluster in a directory, whatever state it was left in; does nothing when there is no directory.
    public static func destroy(at directory: String, deadline: Duration = .seconds(10)) async throws {
        if try killAll(at: directory) {
            try await eventually("the processes of \(directory) to be gone", within: deadline) {
                processes(at: directory).isEmpty
            }
        }
        try removeFiles(at: directory)
    }

    /// As ``destroy(at:deadline:)`` for places that cannot wait asynchronously, such as an `atexit` handler: blocks the thread for a
    /// few seconds at most.
    public static func purge(_ directory: String) throws {
        if try killAll(at: directory) {
            for _ in 0..<500 where !processes(at: directory).isEmpty { usleep(10_000) }
        }
        try removeFiles(at: directory)
    }

    /// Whether a cluster was ever begun in the directory.
    static func isMarked(_ directory: String) -> Bool {
        Directory.exists(marker(in: directory))
    }

    /// - Returns: whether there was a process to kill.
    private static func killAll(at directory: String) throws -> Bool {
        guard Directory.exists(directory) else { return false }
        // A run killed between making the directory and marking it leaves an empty one.
        guard isMarked(directory) || Directory.isEmpty(directory) else {
            throw ClusterError(.directoryNotOurs, "\(directory) is not a cluster's directory, so it is not removed")
        }
        let processes = processes(at: directory)
        for process in processes { kill(process, SIGKILL) }
        return !processes.isEmpty
    }

    /// The server's processes, and the programs of a killed run that still make the cluster.
    private static func processes(at directory: String) -> [Int32] {
        ProcessTable.processes(workingIn: directory) + ProcessTable.processes(workingIn: "\(directory)/data")
    }

    /// Removes the marker last: a removal that was interrupted can be taken up again.
    private static func removeFiles(at directory: String) throws {
        let marker = marker(in: directory)
        for path in Directory.names(in: directory).map({ "\(directory)/\($0)" }) where path != marker { try Directory.removeAll(path) }
        try Directory.removeAll(directory)
    }
}
