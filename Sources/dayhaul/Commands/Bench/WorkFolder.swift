import FoundationEssentials
import Glibc

/// A directory of this process alone, for files that go with it.
struct WorkFolder {
    let path: String

    private static let prefix = "dayhaul-trials-"

    /// Makes it below TMPDIR or /var/tmp, and removes those of processes that were killed.
    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        Self.removeLeftovers(in: parent)
        var template = Array("\(parent)/\(Self.prefix)\(getpid())-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SettingsError(message: "no directory can be made in \(parent)", hint: "set TMPDIR to one that is yours to write")
        }
        // The servers' account passes through to the clusters; only the caller lists it.
        chmod(template, 0o711)
        path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func path(of name: String) -> String { "\(path)/\(name)" }

    private static func removeLeftovers(in parent: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(prefix) {
            let parts = name.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let process = pid_t(parts[0]), process > 0, kill(process, 0) != 0, errno == ESRCH else { continue }
            var status = stat()
            guard lstat("\(parent)/\(name)", &status) == 0, status.st_uid == geteuid() else { continue }
            try? FileManager.default.removeItem(atPath: "\(parent)/\(name)")
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
