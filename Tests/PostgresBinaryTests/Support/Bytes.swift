import PostgresBinary

extension BinaryEncodable {
    /// The value's bytes, without a length.
    var encoded: [UInt8] {
        var writer = CopyBinaryWriter(capacity: 16)
        encode(to: &writer)
        return Array(writer.bytes)
    }
}

extension BinaryDecodable {
    /// Decodes a value from bytes of its own.
    init(bytes: [UInt8]) throws(BinaryError) {
        try self.init(binary: bytes.span.bytes)
    }
}

extension [UInt8] {
    init(_ bytes: RawSpan) {
        self = bytes.withUnsafeBytes { Array($0) }
    }

    /// The bytes of an integer in network order.
    init(bigEndian value: some FixedWidthInteger) {
        self = (0..<value.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}

/// A stream of rows, each a list of fields, nil being NULL.
func copyStream(_ rows: [[[UInt8]?]]) -> [UInt8] {
    var writer = CopyBinaryWriter(capacity: 256)
    writer.writeHeader()
    for row in rows {
        writer.beginRow(fieldCount: row.count)
        for field in row {
            if let field {
                writer.writeField(field.span.bytes)
            } else {
                writer.writeNull()
            }
        }
    }
    writer.writeTrailer()
    return Array(writer.bytes)
}

/// The rows of a stream that is fed in the given pieces.
func rows(of pieces: [[UInt8]], fieldCount: Int, maximumRowSize: Int = 1 << 30) throws -> [[[UInt8]?]] {
    var reader = CopyBinaryReader(fieldCount: fieldCount, maximumRowSize: maximumRowSize)
    var rows: [[[UInt8]?]] = []
    for piece in pieces {
        try reader.feed(piece.span.bytes) { cursor in
            var row: [[UInt8]?] = []
            for _ in 0..<cursor.fieldCount {
                if let field = try cursor.nextField() {
                    row.append([UInt8](field))
                } else {
                    row.append(nil)
                }
            }
            rows.append(row)
        }
    }
    try reader.finish()
    return rows
}

/// The code of the `BinaryError` that `body` throws; nil for none.
func code(_ body: () throws -> Void) throws -> BinaryError.Code? {
    do {
        try body()
        return nil
    } catch let error as BinaryError {
        return error.code
    }
}
