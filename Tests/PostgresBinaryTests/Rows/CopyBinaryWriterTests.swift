import PostgresBinary
import Testing

@Suite struct CopyBinaryWriterTests {
    @Test("the stream is that of the manual, byte for byte")
    func layout() {
        var writer = CopyBinaryWriter(capacity: 0)
        writer.writeHeader()
        writer.beginRow(fieldCount: 2)
        writer.write(Int32(258))
        writer.write(Int32?.none)
        writer.writeTrailer()
        let expected: [UInt8] =
            Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00, 0, 0, 0, 0, 0, 0, 0, 0] + [
                0, 2, 0, 0, 0, 4, 0, 0, 1, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            ]
        #expect([UInt8](writer.bytes) == expected)
        #expect(writer.count == expected.count)
    }

    @Test("the last row is the tuple begun last")
    func lastRow() {
        var writer = CopyBinaryWriter(capacity: 16)
        writer.beginRow(fieldCount: 1)
        writer.write(Int16(1))
        writer.beginRow(fieldCount: 1)
        writer.write("two")
        #expect([UInt8](writer.lastRow) == [0, 1, 0, 0, 0, 3] + Array("two".utf8))
    }

    @Test("a tuple is copied as it is, or with one more field")
    func tuples() throws {
        let tuple = Array(copyStream([[Int32(1).encoded, nil]]).dropFirst(19).dropLast(2))
        var writer = CopyBinaryWriter(capacity: 16)
        writer.writeHeader()
        writer.writeRow(tuple.span.bytes)
        #expect([UInt8](writer.lastRow) == tuple)
        writer.removeAll()
        writer.writeHeader()
        writer.writeRow(tuple.span.bytes, appending: "x")
        writer.writeRow(tuple.span.bytes, appending: String?.none)
        writer.writeTrailer()
        let stream = [UInt8](writer.bytes)
        #expect(try rows(of: [stream], fieldCount: 3) == [[Int32(1).encoded, nil, [0x78]], [Int32(1).encoded, nil, nil]])
    }

    @Test("removing all keeps the writer usable, after an outsized row as well")
    func reuse() {
        var writer = CopyBinaryWriter(capacity: 64)
        let large = [UInt8](repeating: 7, count: 1 << 20)
        for field in [large, [1], large, [2]] {
            writer.removeAll()
            writer.beginRow(fieldCount: 1)
            writer.writeField(field.span.bytes)
            #expect(writer.count == 6 + field.count)
            #expect([UInt8](writer.lastRow).dropFirst(6).elementsEqual(field))
        }
    }
}
