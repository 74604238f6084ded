internal import Glibc
internal import SystemPackage

/// The operating system account that owns a cluster's files and runs its processes.
///
/// PostgreSQL refuses to run as root (see "The PostgreSQL User Account" in its manual), so a caller who is root hands the servers
/// to another account; everyone else runs them as themselves.
public struct ServerAccount: Sendable, Hashable {
    /// The account's name, as in the password database; its number where it has none.
    public let name: String
    /// The user id.
    public let userID: UInt32
    /// The primary group id.
    public let groupID: UInt32
    /// All group ids, the primary one included.
    public let groups: [UInt32]
    /// Whether this is the account of the calling process.
    public let isCaller: Bool

    /// The account for this process: its own, or for root the account `name`.
    ///
    /// - Throws: ``ClusterError`` with code `accountNotFound` when root has no such account to hand the servers to.
    public static func current(insteadOfRoot name: String = "postgres") throws -> ServerAccount {
        if geteuid() != 0 { return caller() }
        guard let other = lookUp({ getpwnam_r(name, $0, $1, $2, $3) }), other.userID != 0 else {
            throw ClusterError(
                .accountNotFound, "root cannot run postgresql, and there is no account \(name) to run it instead",
                hint: "install postgresql-15, which creates the account, or run as an ordinary user")
        }
        return other
    }

    /// The calling process's own account, root or not.
    static func caller() -> ServerAccount {
        let number = geteuid()
        let known = lookUp { getpwuid_r(number, $0, $1, $2, $3) }
        return ServerAccount(
            name: known?.name ?? String(number), userID: number, groupID: getegid(), groups: callerGroups(), isCaller: true)
    }

    /// Makes this account the owner of a file that the caller created.
    func own(_ path: String) throws {
        guard !isCaller else { return }
        try systemCall("give \(path) to \(name)") { lchown(path, userID, groupID) }
    }

    /// Checks that the account may pass through every directory above `path`.
    ///
    /// - Throws: ``ClusterError`` with code `directoryUnusable` that names the first directory that is missing or closed.
    func checkReach(of path: String) throws {
        var ancestor = FilePath(path).removingLastComponent()
        var ancestors: [String] = []
        while !ancestor.isEmpty, ancestors.last != ancestor.string {
            ancestors.append(ancestor.string)
            ancestor = ancestor.removingLastComponent()
        }
        for directory in ancestors.reversed() {
            var status = stat()
            guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw ClusterError(.directoryUnusable, "there is no directory \(directory)", hint: "make it first")
            }
            guard maySearch(owner: status.st_uid, group: status.st_gid, mode: status.st_mode) else {
                throw ClusterError(
                    .directoryUnusable, "account \(name), which runs the servers, cannot enter \(directory)",
                    hint: "choose a directory below /var/tmp or /tmp, or open this one with chmod o+x")
            }
        }
    }

    /// The search permission of a directory, by the class that applies: owner, group or others.
    func maySearch(owner: UInt32, group: UInt32, mode: UInt32) -> Bool {
        if owner == userID { return mode & S_IXUSR != 0 }
        if groups.contains(group) { return mode & S_IXGRP != 0 }
        return mode & S_IXOTH != 0
    }

    private typealias Query = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int, UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    private static func lookUp(_ query: Query) -> ServerAccount? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 * 1024) { buffer in
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            guard let base = buffer.baseAddress, query(&entry, base, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
            else { return nil }
            return ServerAccount(
                name: String(cString: name), userID: entry.pw_uid, groupID: entry.pw_gid, groups: groups(of: name, primary: entry.pw_gid),
                isCaller: false)
        }
    }

    private static func groups(of name: UnsafePointer<CChar>, primary: UInt32) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: 256) { buffer, count in
            var length = Int32(buffer.count)
            count = getgrouplist(name, primary, buffer.baseAddress, &length) >= 0 ? Int(length) : 0
        }
    }

    private static func callerGroups() -> [UInt32] {
        let supplementary = [UInt32](unsafeUninitializedCapacity: 256) { buffer, count in
            count = max(0, Int(getgroups(Int32(buffer.count), buffer.baseAddress)))
        }
        return [getegid()] + supplementary
    }
}
