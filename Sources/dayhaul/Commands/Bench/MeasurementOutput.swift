import FoundationEssentials
import Glibc
import Sizing

/// The measurement file that a benchmark writes: whole after each repetition.
final class MeasurementOutput {
    private let path: String
    /// What the file holds; nil while there is none.
    private(set) var last: Measurements?

    /// Throws where the file is there, or cannot be written: now, and not after ten minutes.
    init(_ path: String) throws {
        self.path = path
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw errno == EEXIST
                ? SettingsError(
                    message: "\(path) is there already", hint: "name another --output: files of one machine can be sized together")
                : SettingsError(message: "\(path) cannot be written", hint: "its directory must exist and be yours to write")
        }
        close(file)
        unlink(path)
    }

    /// Replaces the file, old or new and never half.
    func write(_ measurements: Measurements) throws {
        let bytes = try MeasurementFile.bytes(of: measurements)
        do {
            try bytes.write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw SettingsError(message: "\(path) cannot be written any more", hint: "look for room on its disk")
        }
        last = measurements
    }
}
