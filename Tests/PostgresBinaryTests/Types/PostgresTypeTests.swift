import PostgresBinary
import Testing

@Suite struct PostgresTypeTests {
    @Test("a type is found by its OID, and its arrays by theirs", arguments: ScalarType.allCases)
    func lookUp(_ type: ScalarType) {
        #expect(PostgresType(oid: type.rawValue) == .scalar(type))
        #expect(PostgresType(oid: type.arrayOID) == .array(of: type))
        #expect(PostgresType.scalar(type).arrayOID == PostgresType.array(of: type).oid)
        #expect(PostgresType.array(of: type).name == "_\(type.name)")
    }

    @Test("every OID means one type, and the unknown ones none")
    func unknown() {
        let oids = ScalarType.allCases.flatMap { [$0.rawValue, $0.arrayOID] }
        #expect(Set(oids).count == oids.count)
        for oid: UInt32 in [0, 18, 600, 16384, .max] { #expect(PostgresType(oid: oid) == nil) }
    }

    @Test("bytes that are no value are shown as such, without the bytes")
    func malformed() {
        let bytes: [UInt8] = [1, 2, 3]
        #expect(PostgresType.scalar(.int4).text(of: bytes.span.bytes) == "<malformed int4>")
        #expect(PostgresType.array(of: .int4).text(of: bytes.span.bytes) == "<malformed _int4>")
    }

    @Test("an array of another element type is refused")
    func elementType() throws {
        let array = try #require(PostgresArray<Int32>([1, nil], elementOID: ScalarType.int4.rawValue)).encoded
        #expect(throws: Never.self) { try PostgresType.array(of: .int4).validate(array.span.bytes) }
        #expect(try code { try PostgresType.array(of: .oid).validate(array.span.bytes) } == .malformedValue)
    }
}
