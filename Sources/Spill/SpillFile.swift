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
    /// The digest of the rows; opaque here.
    public let digest: String
    /// The snapshot or position in the source that the rows were read at; opaque here.
    public let sourcePosition: String

    /// The file's place below the spill directory, for messages.
    var path: String { "\(run)/\(name)\(EntryName.fileSuffix)" }
}
