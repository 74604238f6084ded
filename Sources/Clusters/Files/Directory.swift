internal import Glibc
internal import SystemPackage

/// Directories of the local file system, by absolute path.
enum Directory {
    /// Whether anything stands at the path.
    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// Names in the directory without `.` and `..`, sorted; empty when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether it is a directory with nothing in it.
    static func isEmpty(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && names(in: path).isEmpty
    }

    /// Makes one directory; its parent must exist.
    static func make(_ path: String, mode: mode_t) throws {
        try systemCall("make directory \(path)") { mkdir(path, mode) }
        // The umask may have taken bits away that the servers' account needs.
        try systemCall("set the mode of \(path)") { chmod(path, mode) }
    }

    /// Makes the directory and what is missing of its parents.
    static func makeAll(_ path: String, mode: mode_t) throws {
        if exists(path) { return }
        let parent = FilePath(path).removingLastComponent().string
        if !parent.isEmpty, parent != path { try makeAll(parent, mode: mode) }
        try make(path, mode: mode)
    }

    /// Removes the directory and everything in it; symbolic links are removed, not followed. What is gone already is no error.
    static func removeAll(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        if isDirectory {
            for name in names(in: path) { try removeAll("\(path)/\(name)") }
        }
        guard (isDirectory ? rmdir(path) : unlink(path)) != 0, errno != ENOENT else { return }
        throw ClusterError(
            .directoryUnusable, "cannot remove \(path): \(String(cString: strerror(errno)))", hint: "check who owns the files in it")
    }

    /// The path made absolute and without `.` and `..`; symbolic links stay.
    static func absolute(_ path: String) -> String {
        let given = FilePath(path)
        if given.isAbsolute { return given.lexicallyNormalized().string }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return FilePath(String(cString: current)).pushing(given).lexicallyNormalized().string
    }

    /// The path with every symbolic link resolved, or nil when it does not exist.
    static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// What an ordinary user may still write to the path's file system, in bytes (statvfs(3), `f_bavail`). A path that does not exist
    /// yet has its parent's.
    static func freeBytes(at path: String) throws -> Int {
        let parent = FilePath(path).removingLastComponent().string
        guard exists(path) || parent.isEmpty || parent == path else { return try freeBytes(at: parent) }
        var status = statvfs()
        try systemCall("ask for the free space of \(path)") { statvfs(path, &status) }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// The last part of the path.
    static func lastName(of path: String) -> String {
        FilePath(path).lastComponent?.string ?? path
    }
}
