import FoundationEssentials
import Glibc

/// A directory of this process alone, for files that go with it.
struct WorkFolder {
    let path: String

    /// Makes it below TMPDIR or /var/tmp.
    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        var template = Array("\(parent)/dayhaul-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SettingsError(message: "no directory can be made in \(parent)", hint: "set TMPDIR to one that is yours to write")
        }
        // The servers' account passes through to the clusters; only the caller lists it.
        chmod(template, 0o711)
        path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func path(of name: String) -> String { "\(path)/\(name)" }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
