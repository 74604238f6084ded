import FoundationEssentials
import Glibc

/// A directory of this process alone, for files that go with it. As long as it lives it holds a lock on it (flock(2)), which tells it from
/// those that killed processes left, also where processes do not see each other.
struct WorkFolder {
    let path: String
    private let lock: Int32

    private static let prefix = "dayhaul-trials-"

    /// Makes it below TMPDIR or /var/tmp, and removes those of processes that were killed.
    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        Self.removeLeftovers(in: parent)
        // mkdtemp(3) puts six letters of its own in the place of the X.
        var template = Array("\(parent)/\(Self.prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SettingsError(message: "no directory can be made in \(parent)", hint: "set TMPDIR to one that is yours to write")
        }
        // The servers' account passes through to the clusters; only the caller lists it.
        chmod(template, 0o711)
        path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, access(path, F_OK) == 0 else {
            throw SettingsError(message: "\(path) was removed as soon as it was made", hint: "run it again")
        }
    }

    func path(of name: String) -> String { "\(path)/\(name)" }

    private static func removeLeftovers(in parent: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(prefix) {
            let found = open("\(parent)/\(name)", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard found >= 0 else { continue }
            defer { close(found) }
            var status = stat()
            guard fstat(found, &status) == 0, status.st_uid == geteuid(), flock(found, LOCK_EX | LOCK_NB) == 0 else { continue }
            try? FileManager.default.removeItem(atPath: "\(parent)/\(name)")
        }
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
        close(lock)
    }
}
