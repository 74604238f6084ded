import PostgresBinary
import Testing

@Suite struct FieldCursorTests {
    private func tuple(_ fields: [[UInt8]?]) -> [UInt8] {
        Array(copyStream([fields]).dropFirst(19).dropLast(2))
    }

    @Test("fields are read in order, skipped, and are nil where they are null")
    func order() throws {
        let bytes = tuple([Int32(1).encoded, "skipped".encoded, nil, Int64(2).encoded])
        var cursor = try FieldCursor(validating: bytes.span.bytes)
        #expect(cursor.fieldCount == 4)
        #expect(try cursor.next(Int32.self) == 1)
        try cursor.skip()
        #expect(try cursor.next(String.self) == nil)
        #expect(try cursor.nextNonNull(Int64.self) == 2)
        #expect(cursor.fieldsRead == 4)
        #expect([UInt8](cursor.rowBytes) == bytes)
    }

    @Test("reading past the last field is an error, not a trap")
    func pastTheEnd() throws {
        let bytes = tuple([nil])
        var cursor = try FieldCursor(validating: bytes.span.bytes)
        try cursor.skip()
        var thrown: BinaryError.Code?
        do { try cursor.skip() } catch { thrown = error.code }
        #expect(thrown == .wrongFieldCount)
    }

    @Test("a required value that is null is an error with its position")
    func unexpectedNull() throws {
        let bytes = tuple([Int32(1).encoded, nil])
        var cursor = try FieldCursor(validating: bytes.span.bytes)
        try cursor.skip()
        var thrown: BinaryError?
        do { _ = try cursor.nextNonNull(Int32.self) } catch { thrown = error }
        #expect(thrown?.code == .unexpectedNull)
        #expect(thrown?.field == 2)
    }

    @Test("only exactly one whole tuple is accepted")
    func validation() throws {
        let whole = tuple([Int32(1).encoded, nil, [1, 2, 3]])
        for end in 0..<whole.count {
            let part = Array(whole[..<end])
            #expect(try code { _ = try FieldCursor(validating: part.span.bytes).fieldCount } == .malformedRow)
        }
        let more = whole + [0]
        #expect(try code { _ = try FieldCursor(validating: more.span.bytes).fieldCount } == .malformedRow)
        let trailer: [UInt8] = [0xFF, 0xFF]
        #expect(try code { _ = try FieldCursor(validating: trailer.span.bytes).fieldCount } == .malformedRow)
    }

    @Test("text is given as it is encoded; text that is not UTF-8 is not")
    func text() throws {
        let bytes = tuple(["héllo".encoded, nil, [0xC0, 0x80]])
        var cursor = try FieldCursor(validating: bytes.span.bytes)
        let text = [UInt8](try cursor.nextEncodedText())
        #expect(text == [0, 0, 0, 6] + Array("héllo".utf8))
        let null = [UInt8](try cursor.nextEncodedText())
        #expect(null == [0xFF, 0xFF, 0xFF, 0xFF])
        var thrown: BinaryError?
        do { _ = try cursor.nextEncodedText() } catch { thrown = error }
        #expect(thrown?.code == .malformedValue)
        #expect(thrown?.field == 3)
    }
}
