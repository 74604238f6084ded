public import FoundationEssentials

/// The file that `dayhaul bench` writes and `dayhaul size` reads: one JSON object, keys in snake case.
///
///     { "format": "dayhaul-measurements", "version": 1, "checksum": "…", "contents": { "provenance": …, "configurations": … } }
///
/// The checksum is FNV-1a over the contents as compact JSON with sorted keys, so that a file may be laid out anew but not changed.
public enum MeasurementFile {
    /// The value of `format`.
    public static let format = "dayhaul-measurements"
    /// The version that this program writes, and the only one that it reads.
    public static let version = 1

    private struct Header: Decodable {
        let format: String?
        let version: Int?
    }

    private struct Document: Codable {
        let format: String
        let version: Int
        let checksum: String
        let contents: Measurements
    }

    /// The bytes of a file. Throws where a figure is not finite, which JSON cannot hold, or otherwise one that `read` would refuse.
    public static func bytes(of measurements: Measurements) throws(SizingError) -> Data {
        try PlausibilityCheck.check(measurements)
        do {
            let document = Document(format: format, version: version, checksum: try checksum(of: measurements), contents: measurements)
            return try encoder([.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]).encode(document)
        } catch {
            throw SizingError(.implausible, "a figure cannot be written as JSON", hint: "measure again, and report this as a bug of bench")
        }
    }

    /// Reads a file's bytes; what is returned has at least one repetition, and all its figures are finite and not negative.
    public static func read(_ bytes: Data) throws(SizingError) -> Measurements {
        let header: Header
        do {
            header = try decoder.decode(Header.self, from: bytes)
        } catch DecodingError.dataCorrupted {
            throw SizingError(.cutShort, "is not JSON, or was cut short", hint: "copy it again from where dayhaul bench wrote it")
        } catch {
            throw notMeasurements
        }
        guard header.format == format else { throw notMeasurements }
        guard let found = header.version else { throw notMeasurements }
        guard found == version else {
            throw SizingError(
                .unknownVersion, "has version \(found) of the format, and this program reads version \(version)",
                hint: found > version ? "use a newer dayhaul" : "measure again with this dayhaul")
        }
        return try contents(bytes)
    }

    private static func contents(_ bytes: Data) throws(SizingError) -> Measurements {
        let document: Document
        let checksum: String
        do {
            document = try decoder.decode(Document.self, from: bytes)
            checksum = try Self.checksum(of: document.contents)
        } catch let error as DecodingError {
            throw SizingError(.malformed, error.place, hint: "the format is described in the article Sizing; measure again")
        } catch {
            throw notMeasurements
        }
        guard checksum == document.checksum else {
            throw SizingError(
                .edited, "was changed after it was written: its checksum does not fit", hint: "use the file as bench wrote it")
        }
        try PlausibilityCheck.check(document.contents)
        return document.contents
    }

    private static var notMeasurements: SizingError {
        SizingError(.notMeasurements, "does not hold measurements", hint: "give a file that dayhaul bench wrote")
    }

    private static func checksum(of contents: Measurements) throws -> String {
        Checksum.text(of: try encoder([.sortedKeys, .withoutEscapingSlashes]).encode(contents))
    }

    private static func encoder(_ formatting: JSONEncoder.OutputFormatting) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = formatting
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
}
