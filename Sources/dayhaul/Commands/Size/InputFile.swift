import FoundationEssentials
import Glibc
import Sizing
import SystemPackage

/// Files that `size` is given. An error names the file.
enum InputFile {
    /// Beyond every measurement file: thousands of repetitions are some megabytes.
    private static let mostBytes = 256 << 20

    static func measurements(_ path: String) throws -> Measurements { try named(path) { try MeasurementFile.read(try bytes(of: path)) } }

    static func catalogue(_ path: String) throws -> Catalogue { try named(path) { try Catalogue.read(try bytes(of: path)) } }

    static func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw SettingsError(message: "\(path) cannot be written", hint: "its directory must exist and be yours to write")
        }
    }

    private static func named<Value>(_ path: String, _ read: () throws -> Value) throws -> Value {
        do {
            return try read()
        } catch let error as SizingError {
            throw SizingError(error.code, "\(path): \(error.message)", hint: error.hint)
        }
    }

    /// Read to its end, and no further than a measurement file can be long: it may be a device.
    private static func bytes(of path: String) throws -> Data {
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            return try file.closeAfter {
                var bytes: [UInt8] = []
                var block = [UInt8](repeating: 0, count: 1 << 20)
                while bytes.count <= mostBytes {
                    try Task.checkCancellation()
                    let count = try block.withUnsafeMutableBytes { try file.read(into: $0) }
                    guard count > 0 else { return Data(bytes) }
                    bytes += block.prefix(count)
                }
                throw SettingsError(message: "\(path) is longer than any measurement file", hint: "give a file that dayhaul bench wrote")
            }
        } catch let error as Errno {
            throw SettingsError(
                message: "\(path) cannot be read: \(error.description.lowercased())", hint: "name a file that is there and readable")
        }
    }
}
