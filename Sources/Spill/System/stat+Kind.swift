import Glibc

extension stat {
    var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
    var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
    var isSymbolicLink: Bool { st_mode & S_IFMT == S_IFLNK }
    /// Whether the group or others may do anything at all with it.
    var isOpenToOthers: Bool { st_mode & 0o077 != 0 }
    var isOwn: Bool { st_uid == geteuid() }

    /// What stands under `name` below `directory`, symlinks not followed; nil when that cannot be told.
    static func of(_ name: String, at directory: Int32) -> stat? {
        var status = stat()
        return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }
}
