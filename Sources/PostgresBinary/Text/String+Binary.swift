extension String: BinaryDecodable, BinaryEncodable {
    /// Reads a `text`, `varchar`, `bpchar` or `name`. Copies the bytes; rows that only pass through take ``InternedText`` instead.
    public init(binary: RawSpan) throws(BinaryError) {
        try UTF8Text.validate(binary)
        self = binary.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes text.
    public func encode(to writer: inout CopyBinaryWriter) {
        writer.append(utf8Span.span.bytes)
    }
}
