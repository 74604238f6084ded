/// A `json`: text that PostgreSQL keeps as it was written (https://www.postgresql.org/docs/15/datatype-json.html).
public struct JSON: Hashable, Sendable {
    /// The document's text.
    public var text: String

    /// Makes a value of `text`, which is not parsed.
    public init(_ text: String) {
        self.text = text
    }
}

extension JSON: BinaryDecodable, BinaryEncodable {
    /// Reads a `json`.
    public init(binary: RawSpan) throws(BinaryError) {
        text = try String(binary: binary)
    }

    /// Writes a `json`.
    public func encode(to writer: inout CopyBinaryWriter) { text.encode(to: &writer) }
}

extension JSON: CustomStringConvertible {
    /// The document's text.
    public var description: String { text }
}
