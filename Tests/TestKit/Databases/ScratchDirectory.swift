internal import Glibc

/// Runs `body` with a new, empty directory that the servers' account can enter, and removes it afterwards with what is in it,
/// clusters included.
@discardableResult
public func withDirectory<T>(_ body: (String) async throws -> T) async throws -> T {
    let path = try "\(ScratchDirectory.path())/\(Cluster.randomPassword().prefix(8))"
    guard mkdir(path, 0o711) == 0, chmod(path, 0o711) == 0 else { throw ClusterError(.directoryUnusable, "cannot make \(path)") }
    defer { ScratchDirectory.remove(path) }
    return try await body(path)
}

/// This test process's directory for clusters: `/tmp/dayhaul-test-<random>`, removed when the process exits.
///
/// The process holds a lock on a file in it for as long as it lives, so the next test process recognises the directories of
/// processes that were killed, and removes them.
enum ScratchDirectory {
    private static let parent = "/tmp"
    private static let prefix = "dayhaul-test-"

    /// The directory, made on first use.
    static func path() throws -> String { try made.get() }

    private static let made: Result<String, any Error> = Result {
        sweep()
        let path = "\(parent)/\(prefix)\(Cluster.randomPassword().prefix(8))"
        guard mkdir(path, 0o711) == 0, chmod(path, 0o711) == 0, lock(path) else {
            throw ClusterError(.directoryUnusable, "cannot make \(path)")
        }
        atexit { if let path = try? ScratchDirectory.path() { ScratchDirectory.remove(path) } }
        return path
    }

    private static func sweep() {
        for name in names(in: parent) where name.hasPrefix(prefix) {
            let path = "\(parent)/\(name)"
            var status = stat()
            // Somebody else's is theirs to sweep; one without a lock file is just being made.
            guard lstat(path, &status) == 0, status.st_uid == geteuid(), access("\(path)/lock", F_OK) == 0, lock(path) else { continue }
            remove(path)
        }
    }

    /// Locks the directory for the rest of this process's life; false when another process holds it.
    private static func lock(_ path: String) -> Bool {
        let file = open("\(path)/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        if flock(file, LOCK_EX | LOCK_NB) == 0 { return true }
        close(file)
        return false
    }

    /// Removes a directory: clusters with their servers, and below them whatever there is.
    static func remove(_ path: String) {
        var status = stat()
        // A symbolic link goes, and what it points to stays.
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in names(in: path) where name != "lock" {
            let entry = "\(path)/\(name)"
            do { try Cluster.purge(entry) } catch { remove(entry) }
        }
        unlink("\(path)/lock")
        rmdir(path)
    }

    private static func names(in path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
