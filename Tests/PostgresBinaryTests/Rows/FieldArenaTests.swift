import PostgresBinary
import Testing

@Suite struct FieldArenaTests {
    @Test("every handle gives its fields back, however the arena has grown")
    func growth() throws {
        var arena = FieldArena(capacity: 0)
        let fields = (0..<1000).map { [UInt8](bigEndian: Int32($0 % 50)) + [UInt8](repeating: UInt8($0 % 251), count: $0 % 50) }
        var handles: [KeptFields] = []
        for bytes in fields { handles.append(try arena.keep(bytes.span.bytes)) }
        for (handle, bytes) in zip(handles, fields) { #expect([UInt8](arena.bytes(of: handle)) == bytes) }
        #expect(MemoryLayout<KeptFields>.size == 8)
    }

    @Test("a row's fields are kept and written as they came, one or several; nothing kept is as many nulls as are wanted")
    func roundTrip() throws {
        let tuple = Array(copyStream([[Int32(7).encoded, "soup".encoded, nil, Array("salad".utf8)]]).dropFirst(19).dropLast(2))
        var cursor = try FieldCursor(validating: tuple.span.bytes)
        var arena = FieldArena()
        _ = try cursor.next(Int32.self)
        let start = cursor.position
        let soup = try cursor.nextText(in: &arena)
        let null = try cursor.nextText(in: &arena)
        let both = try arena.keep(cursor.encoded(since: start))
        let salad = try cursor.nextText(in: &arena)
        var writer = CopyBinaryWriter(capacity: 16)
        writer.beginRow(fieldCount: 8)
        for fields in [soup, null, salad] { writer.write(encoded: fields, from: arena) }
        writer.write(encoded: both, count: 2, from: arena)
        writer.write(encoded: nil, count: 2, from: arena)
        writer.write(encoded: nil, from: arena)
        writer.writeTrailer()
        let texts = [Array("soup".utf8), nil, Array("salad".utf8), Array("soup".utf8), nil, nil, nil, nil]
        #expect(try rows(of: [copyStream([]).dropLast(2) + Array(writer.bytes)], fieldCount: 8) == [texts])
    }
}
