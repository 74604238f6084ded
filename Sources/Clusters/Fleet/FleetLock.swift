internal import Glibc
internal import SystemPackage

/// The lock of a fleet's directory, held from when the object is made until it is released, or until the process ends in whatever way
/// (flock(2)). One process at a time works on the directory.
final class FleetLock: Sendable {
    private let file: FileDescriptor

    /// Takes the lock, without waiting; makes its file if it is missing.
    ///
    /// - Throws: ``ClusterError`` with code `busy` when another holds it, or `directoryUnusable`.
    init(_ name: String, of directory: String) throws {
        guard
            let file = try? FileDescriptor.open(
                FilePath("\(directory)/\(name)"), .readWrite, options: [.create, .closeOnExec, .noFollow], permissions: .ownerReadWrite)
        else { throw ClusterError(.directoryUnusable, "cannot write to \(directory)", hint: "choose a directory of your own") }
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            try? file.close()
            throw ClusterError(.busy, "another process works on the fleet in \(directory)", hint: "wait for it, or stop it")
        }
        self.file = file
    }

    deinit { try? file.close() }

    /// Runs `body` while this process holds the lock.
    ///
    /// - Throws: as ``init(_:of:)``, and what `body` throws.
    static func hold<T>(_ name: String, of directory: String, _ body: () async throws -> T) async throws -> T {
        let lock = try FleetLock(name, of: directory)
        defer { withExtendedLifetime(lock) {} }
        return try await body()
    }
}
