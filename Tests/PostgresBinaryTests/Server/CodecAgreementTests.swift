import PostgresBinary
import Testing

/// Every codec against a real server: it sends what we write, we print what it prints, and it reads back what we send.
@Suite(ScratchServer(), .enabled(if: ScratchServer.isAvailable), .timeLimit(.minutes(2)))
struct CodecAgreementTests {
    private var server: ScratchServer {
        get throws { try #require(ScratchServer.current) }
    }

    @Test("literals are decoded, printed and sent back as the server has them", arguments: Literals.all)
    func literals(_ literals: Literals) throws {
        let codec = try #require(Codec.all.first { $0.type == literals.type })
        let values = literals.expressions.map { "((\($0))::\(literals.type.name))" }.joined(separator: ",")
        let sent = try rows(
            of: [server.output(of: "COPY (SELECT v, format('%s', v) FROM (VALUES \(values)) t(v)) TO STDOUT (FORMAT binary)")],
            fieldCount: 2)
        #expect(sent.count == literals.expressions.count)
        for (expression, row) in zip(literals.expressions, sent) {
            let bytes = try #require(row[0])
            let text = String(decoding: try #require(row[1]), as: UTF8.self)
            #expect(text == PostgresType.scalar(codec.type).text(of: bytes.span.bytes), "\(expression.prefix(80))")
            #expect(try codec.reencode(bytes) == bytes, "\(expression.prefix(80))")
        }
        try expectServerPrints(sent.map { $0[0] }, as: codec.type.name, type: .scalar(codec.type))
    }

    @Test("random values are printed by the server as by us, and come back unchanged", arguments: Codec.all)
    func samples(_ codec: Codec) throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let values = (0..<1000).map { _ in codec.sample(&generator) }
        try expectServerPrints(values, as: codec.type.name, type: .scalar(codec.type), "seed \(seed)")
    }

    @Test("arrays of every type are printed by the server as by us, and come back unchanged", arguments: Codec.all)
    func arrays(_ codec: Codec) throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let values = (0..<200).map { _ in sampleArray(of: codec, using: &generator) }
        for value in values { #expect(try codec.reencodeArray(value) == value, "seed \(seed)") }
        try expectServerPrints(values, as: "\(codec.type.name)[]", type: .array(of: codec.type), "seed \(seed)")
    }

    @Test("floating-point numbers that lie next to ties are printed with the server's digits")
    func ties() throws {
        var values = (40...140).map { Double(sign: .plus, exponent: $0, significand: 1) }
        for exponent in 15...40 {
            for digits in 1...99 {
                guard let value = Double("\(digits)e\(exponent)") else { continue }
                values += [value, value.nextUp, value.nextDown]
            }
        }
        try expectServerPrints(values.map(\.encoded), as: "float8", type: .scalar(.float8))
        var floats = (20...60).map { Float(sign: .plus, exponent: $0, significand: 1) }
        for exponent in 6...20 {
            for digits in 1...999 {
                guard let value = Float("\(digits)e\(exponent)") else { continue }
                floats += [value, value.nextUp, value.nextDown]
            }
        }
        try expectServerPrints(floats.map(\.encoded), as: "float4", type: .scalar(.float4))
    }

    /// The array of a random shape with random elements, some of them NULL.
    private func sampleArray(of codec: Codec, using generator: inout SeededGenerator) -> [UInt8] {
        let dimensions = (0..<Int.random(in: 0...3, using: &generator)).compactMap { _ in
            ArrayDimension(
                count: Int32.random(in: 1...3, using: &generator),
                lowerBound: generator.chance(1, in: 2) ? 1 : Int32.random(in: -5...5, using: &generator))
        }
        let count = dimensions.isEmpty ? 0 : dimensions.reduce(1) { $0 * Int($1.count) }
        let elements = (0..<count).map { _ in generator.chance(1, in: 4) ? nil : Bytea(codec.sample(&generator)) }
        return PostgresArray(dimensions: dimensions, elements: elements, elementOID: codec.type.rawValue)?.encoded ?? []
    }

    /// Sends values to a table, and compares what the server prints with our text, and what it sends with what it was sent.
    private func expectServerPrints(_ values: [[UInt8]?], as name: String, type: PostgresType, _ comment: Comment? = nil) throws {
        let table = "agreement_\(UInt64.random(in: 0 ... .max))"
        _ = try server.output(of: "CREATE TABLE \(table) (i int4, v \(name))")
        let stream = copyStream(values.enumerated().map { [Int32($0.offset).encoded, $0.element] })
        try server.load(stream, with: "COPY \(table) FROM STDIN (FORMAT binary)")
        let received = try rows(
            of: [server.output(of: "COPY (SELECT v, format('%s', v) FROM \(table) ORDER BY i) TO STDOUT (FORMAT binary)")], fieldCount: 2)
        #expect(received.count == values.count)
        for (value, row) in zip(values, received) {
            #expect(row[0] == value, comment)
            let text = row[1].map { String(decoding: $0, as: UTF8.self) }
            #expect(text == value.map { type.text(of: $0.span.bytes) }, comment)
        }
    }
}
