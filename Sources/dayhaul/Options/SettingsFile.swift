import Configuration
import Glibc
import SystemPackage
import Yams

/// The settings file: YAML with the names below and no others, so that a misspelt one is noticed.
enum SettingsFile {
    private static let names: Set<String> = [
        "warehouse", "key.file", "spill.directory", "log.level", "roles.engine", "roles.admin", "roles.writer", "roles.reader",
        "limits.streamsPerReplica", "limits.replicas", "limits.loaders", "limits.spillBytes", "limits.sliceDays", "limits.attempts",
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

    private static func check(_ path: String) throws {
        guard let root = try Yams.compose(yaml: try text(of: path)) else { return }
        guard root.mapping != nil else {
            throw SettingsError(message: "the settings file \(path) holds no names with values", hint: "such as: warehouse: host=… dbname=…")
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
