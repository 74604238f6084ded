/// A type that reads itself from the bytes of one field, as its PostgreSQL type's send function wrote them.
public protocol BinaryDecodable {
    /// Reads the value from all of `binary`, the field without its length.
    ///
    /// - Throws: ``BinaryError`` of code `malformedValue` or `valueOutOfRange`, for any bytes that are not such a value.
    init(binary: RawSpan) throws(BinaryError)
}

/// A type that writes itself as the bytes of one field, as its PostgreSQL type's receive function reads them.
public protocol BinaryEncodable {
    /// Appends the value's bytes, without the length of the field.
    func encode(to writer: inout CopyBinaryWriter)
}

/// A type with both directions; what one writes the other reads, bit for bit.
public typealias BinaryCodable = BinaryDecodable & BinaryEncodable
