/// A finished spill file: where it is and what its footer says.
public struct SpillFile: Hashable, Sendable {
    /// The longest footer, in bytes, that is written or read: columns, digest, source position and the rest, as JSON text.
    public static let footerLimit = 1 << 20

    /// The run, which is the name of the folder.
    public let run: String
    /// The file's name without `.lz4`.
    public let name: String
    /// What the rows are of.
    public let identity: SpillIdentity
    /// How many rows the content has, as its writer counted them.
    public let rows: Int
    /// How many bytes the COPY BINARY stream has.
    public let contentBytes: Int
    /// How many bytes the LZ4 frame has; the file is longer by its footer.
    public let compressedBytes: Int
    /// The checksum of the LZ4 frame, XXH64: tells files of the same rows apart.
    public let frameChecksum: UInt64
    /// The digest of the rows; opaque here.
    public let digest: String
    /// The snapshot or position in the source that the rows were read at; opaque here.
    public let sourcePosition: String

    /// The first thing in which the two differ, as a message names it; nil when they are the same file, byte for byte as far as
    /// lengths and checksums tell.
    func firstDifference(from other: SpillFile) -> String? {
        if let field = identity.firstDifference(from: other.identity) { return field }
        if rows != other.rows { return "row count" }
        if contentBytes != other.contentBytes || compressedBytes != other.compressedBytes { return "length" }
        if digest != other.digest { return "digest" }
        if sourcePosition != other.sourcePosition { return "source position" }
        if frameChecksum != other.frameChecksum { return "checksum" }
        return run == other.run && name == other.name ? nil : "name"
    }

    /// The file's place below the spill directory, for messages.
    var path: String { "\(run)/\(name)\(EntryName.fileSuffix)" }
}
