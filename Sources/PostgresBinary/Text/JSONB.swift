/// A `jsonb`: on the wire a version byte and the document's text (https://www.postgresql.org/docs/15/datatype-json.html).
public struct JSONB: Hashable, Sendable {
    /// The only version of the binary form there is.
    @usableFromInline static let version: UInt8 = 1

    /// The document's text, as PostgreSQL prints it.
    public var text: String

    /// Makes a value of `text`, which is not parsed.
    public init(_ text: String) {
        self.text = text
    }

    /// The text within a field's bytes.
    @_lifetime(copy binary)
    static func document(in binary: RawSpan) throws(BinaryError) -> RawSpan {
        guard binary.byteCount >= 1, binary.load(UInt8.self, at: 0) == version else {
            throw .malformed("jsonb", "an unknown version")
        }
        return binary.suffix(from: 1)
    }
}

extension JSONB: BinaryDecodable, BinaryEncodable {
    /// Reads a `jsonb`.
    public init(binary: RawSpan) throws(BinaryError) {
        text = try String(binary: Self.document(in: binary))
    }

    /// Writes a `jsonb`.
    public func encode(to writer: inout CopyBinaryWriter) {
        writer.append(Self.version)
        text.encode(to: &writer)
    }
}

extension JSONB: CustomStringConvertible {
    /// The document's text.
    public var description: String { text }
}
