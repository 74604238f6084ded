import Glibc

extension SpillDirectory {
    /// Makes the directory if need be, opens it and refuses it unless it is safe to keep rows in.
    static func open(_ path: String) throws(SpillError) -> Descriptor {
        // Behind a trailing slash O_NOFOLLOW would not see a symlink.
        var trimmed = path[...]
        while trimmed.count > 1 && trimmed.hasSuffix("/") { trimmed.removeLast() }
        let path = String(trimmed)
        try make(path)

        let descriptor: Descriptor
        do throws(SpillError) {
            descriptor = try Descriptor(at: AT_FDCWD, path, O_RDONLY | O_DIRECTORY, doing: "opening it")
        } catch {
            let status = stat.of(path, at: AT_FDCWD)
            if status?.isSymbolicLink == true { throw unusable(path, "is a symlink", "name the directory it points to") }
            if status?.isDirectory == false { throw unusable(path, "is not a directory", "name a directory of the engine's own") }
            throw unusable(path, "cannot be opened (\(error.message))", "check its path and its permissions")
        }
        let status = try descriptor.status("looking at \(path)")
        guard status.isOwn else {
            throw unusable(path, "belongs to another user", "name a directory of the engine's own, or chown it to user \(geteuid())")
        }
        guard !status.isOpenToOthers else { throw unusable(path, "is open to the group or to others", "chmod 700 it") }
        guard faccessat(descriptor.raw, ".", W_OK | X_OK, AT_EACCESS) == 0 else {
            throw unusable(path, "is not writable", "chmod 700 it, and check that its file system is not mounted read-only")
        }
        return descriptor
    }

    /// Makes the directory, and first those above it, each with mode 0700. What exists is left as it is.
    private static func make(_ path: String) throws(SpillError) {
        if path.isEmpty { throw unusable(path, "has no name", "name a directory of the engine's own") }
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw unusable(path, "cannot be made (\(SpillError.system(errno, "mkdir").message))", "make it, with mode 700")
        }
        try make(String(path[..<slash]))
        if mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw unusable(path, "cannot be made (\(SpillError.system(errno, "mkdir").message))", "make it, with mode 700")
        }
    }

    private static func unusable(_ path: String, _ reason: String, _ hint: String) -> SpillError {
        SpillError(code: .directoryUnusable, message: "the spill directory \(path) \(reason)", hint: hint)
    }
}
