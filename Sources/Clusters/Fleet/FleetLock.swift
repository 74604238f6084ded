internal import Glibc
internal import SystemPackage

/// One process at a time works on a fleet's directory.
enum FleetLock {
    /// Runs `body` while this process holds the directory's lock, which ends with the process in any case (flock(2)).
    ///
    /// - Throws: ``ClusterError`` with code `busy` when another holds it, and what `body` throws.
    static func hold<T>(_ directory: String, _ body: () async throws -> T) async throws -> T {
        guard
            let file = try? FileDescriptor.open(
                FilePath("\(directory)/lock"), .readWrite, options: [.create, .closeOnExec, .noFollow], permissions: .ownerReadWrite)
        else { throw ClusterError(.directoryUnusable, "cannot write to \(directory)", hint: "choose a directory of your own") }
        defer { try? file.close() }
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            throw ClusterError(.busy, "another process works on the fleet in \(directory)", hint: "wait for it, or stop it")
        }
        return try await body()
    }
}
