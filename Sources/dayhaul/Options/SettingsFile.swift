import Configuration
import CrashPoints
import Glibc
import Postgres
import SQLText
import SystemPackage

/// The settings file: YAML with the names below and no others, so that a misspelt one is noticed.
enum SettingsFile {
    private static let names: Set<String> = [
        "warehouse", "key.file", "spill.directory", "log.level", "roles.engine", "roles.admin", "roles.writer", "roles.reader",
        "roles.writerSchema",
        "limits.streamsPerReplica", "limits.replicas", "limits.loaders", "limits.spillBytes", "limits.sliceDays", "limits.attempts",
        "limits.rowBytes", "limits.lookupBytes", "limits.sliceTime",
        "worker.concurrency", "worker.leaseSeconds", "worker.pollSeconds", "worker.graceSeconds",
    ]

    private static let example = "such as: warehouse: host=127.0.0.1 dbname=warehouse user=me"

    /// The file's values under the names of the variables that would set them. Throws `SettingsError` for a file that cannot be read, is not
    /// YAML, has other names in it, or holds a password and is open to others.
    static func variables(_ path: String) throws -> [String: String] {
        let (text, isOpenToOthers) = try contents(of: path)
        let entries: [SettingsText.Entry]
        do throws(SettingsText.Mistake) {
            entries = try SettingsText(text).entries
        } catch {
            throw SettingsError(
                message: "the settings file \(path) cannot be understood: line \(error.line), column \(error.column): \(error.reason)",
                hint: "write names with values, \(example)")
        }
        if let unknown = entries.first(where: { !names.contains($0.name) }) {
            let meant = Spelling.nearest(to: unknown.name, among: names.sorted()).map { "did you mean \($0)? " } ?? ""
            throw SettingsError(
                message: "the settings file \(path) has a setting that does not exist: \(unknown.name)",
                hint: "\(meant)there are \(names.sorted().joined(separator: ", "))")
        }
        let warehouse = entries.first { $0.name == "warehouse" }?.value ?? ""
        if isOpenToOthers, ConnectionParameters.hasPassword(conninfo: warehouse) {
            throw SettingsError(
                message: "the settings file \(path) holds a password and is open to others", hint: "chmod 600 \(Shell.word(path))")
        }
        return Dictionary(uniqueKeysWithValues: entries.filter { !$0.value.isEmpty }.map { (variable($0.name), $0.value) })
    }

    /// Throws for a variable that begins with DAYHAUL_ and says nothing to this program.
    static func checkEnvironment() throws {
        let known = Set(names.map(variable)).union(["DAYHAUL_CONFIG", "DAYHAUL_PG_BIN"] + [CrashPoint.variable].compactMap { $0 })
        var next = environ
        while let entry = next.pointee {
            let name = String(cString: entry).prefix { $0 != "=" }
            guard !name.hasPrefix("DAYHAUL_") || known.contains(String(name)) else {
                throw SettingsError(
                    message: "the variable \(name) sets nothing", hint: "there are \(known.sorted().joined(separator: ", "))")
            }
            next += 1
        }
    }

    /// `limits.sliceDays` is DAYHAUL_LIMITS_SLICE_DAYS.
    private static func variable(_ name: String) -> String {
        "DAYHAUL_" + name.map { $0 == "." ? "_" : $0.isUppercase ? "_\($0)" : $0.uppercased() }.joined()
    }

    private static func contents(of path: String) throws -> (String, isOpenToOthers: Bool) {
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            return try file.closeAfter {
                var status = stat()
                let isOpenToOthers = fstat(file.rawValue, &status) == 0 && status.st_mode & 0o077 != 0
                var bytes = [UInt8](repeating: 0, count: 1 << 16)
                let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
                return (String(decoding: bytes.prefix(count), as: UTF8.self), isOpenToOthers)
            }
        } catch let error as Errno {
            throw SettingsError(
                message: "the settings file \(path) cannot be read: \(error.description.lowercased())",
                hint: "name one that exists with --config or DAYHAUL_CONFIG")
        }
    }
}
