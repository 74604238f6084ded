extension Cluster {
    /// Has all processes of the running server, and those that it will start, run on these processors.
    ///
    /// - Throws: ``ClusterError`` with code `notRunning`.
    func restrict(to processors: ProcessorSet) throws {
        guard let postmaster = postmasterPID else { throw ClusterError(.notRunning, "no server runs in \(directory)") }
        // The postmaster first: what it starts from now on inherits, and what it has started is in the list.
        try processors.apply(to: postmaster)
        for process in ProcessTable.processes(workingIn: dataDirectory) { try processors.apply(to: process) }
    }
}
