import Configuration
import CrashPoints
import Glibc
import SystemPackage
import Yams

/// The settings file: YAML with the names below and no others, so that a misspelt one is noticed.
enum SettingsFile {
    private static let names: Set<String> = [
        "warehouse", "key.file", "spill.directory", "log.level", "roles.engine", "roles.admin", "roles.writer", "roles.reader",
        "roles.writerSchema",
        "limits.streamsPerReplica", "limits.replicas", "limits.loaders", "limits.spillBytes", "limits.sliceDays", "limits.attempts",
        "worker.concurrency", "worker.leaseSeconds", "worker.pollSeconds", "worker.graceSeconds",
    ]

    /// A provider of the file's values. Throws `SettingsError` for a file that cannot be read, is not YAML, or has other names in it.
    static func provider(_ path: String) async throws -> FileProvider<YAMLSnapshot> {
        do {
            let provider = try await FileProvider<YAMLSnapshot>(filePath: FilePath(path))
            try check(path)
            return provider
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError(
                message: "the settings file \(path) cannot be read", hint: "it must exist and be YAML, such as: warehouse: host=… dbname=…")
        }
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

    private static func check(_ path: String) throws {
        guard let root = try Yams.compose(yaml: try text(of: path)) else { return }
        guard root.mapping != nil else {
            throw SettingsError(
                message: "the settings file \(path) holds no names with values", hint: "such as: warehouse: host=… dbname=…")
        }
        if let unknown = keys(of: root, "").first(where: { !names.contains($0) }) {
            throw SettingsError(
                message: "the settings file \(path) has a setting that does not exist: \(unknown)",
                hint: "there are \(names.sorted().joined(separator: ", "))")
        }
    }

    private static func keys(of node: Node, _ prefix: String) -> [String] {
        guard let mapping = node.mapping else { return [prefix] }
        return mapping.flatMap { key, value in
            keys(of: value, (prefix.isEmpty ? "" : prefix + ".") + (key.string ?? "?"))
        }
    }

    private static func text(of path: String) throws -> String {
        let file = try FileDescriptor.open(FilePath(path), .readOnly)
        return try file.closeAfter {
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
            return String(decoding: bytes.prefix(count), as: UTF8.self)
        }
    }
}
