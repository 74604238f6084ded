import PostgresBinary
import Testing

@Suite struct NumericTests {
    @Test(
        "text goes both ways",
        arguments: [
            "0", "0.00", "1", "-1", "12.50", "0.0001", "0.00001", "9999", "10000", "123456789012.3456", "NaN", "Infinity", "-Infinity",
            "-0.5", "99999999999999999999999999999999.99999999999999999999",
        ])
    func text(_ text: String) throws {
        let value = try #require(Numeric(text))
        #expect(value.description == text)
        #expect(try Numeric(bytes: value.encoded).isIdentical(to: value))
    }

    @Test(
        "what is no number is refused",
        arguments: ["", " ", "-", ".", "1e", "1e+", "1.2.3", "1 2", "0x1", "-NaN", "infinit", "1e131072", "1e-16384", "1e9999999999", "１"])
    func notANumber(_ text: String) {
        #expect(Numeric(text) == nil)
    }

    @Test("the larger scale is the result's, and sums that pass four groups are exact")
    func arithmetic() throws {
        func value(_ text: String) throws -> Numeric { try #require(Numeric(text)) }
        #expect(try (value("1.5") + value("0.25")).description == "1.75")
        #expect(try (value("1.50") - value("1.5")).description == "0.00")
        #expect(try (value("9999999999999999") + 1).description == "10000000000000000")
        #expect(try (value("10000000000000000") - 1).description == "9999999999999999")
        #expect(try (value("0.0001") - value("1000000000000")).description == "-999999999999.9999")
        #expect(try (-value("0.00")).description == "0.00")
        #expect(try (.infinity - .infinity) == Numeric.nan)
        #expect(try (.infinity + 1) == Numeric.infinity)
        #expect(try (1 - .infinity) == Numeric.negativeInfinity)
    }

    @Test("equality ignores the scale, identity does not, and NaN is the greatest")
    func order() throws {
        let one = try #require(Numeric("1.0"))
        #expect(one == 1)
        #expect(one.hashValue == Numeric(1).hashValue)
        #expect(!one.isIdentical(to: 1))
        #expect(Numeric.nan == .nan)
        let sorted: [Numeric] = [.negativeInfinity, -10000, -9999, -1, 0, 1, 9999, 10000, .infinity, .nan]
        #expect(sorted.shuffled().sorted() == sorted)
        #expect(Numeric(.min).description == "-9223372036854775808")
    }

    @Test("bytes that numeric_send never writes are refused")
    func malformed() throws {
        func bytes(_ words: [UInt16]) -> [UInt8] { words.flatMap { [UInt8](bigEndian: $0) } }
        let malformed: [[UInt16]] = [
            [], [0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0, 1], [1, 0, 0, 0, 10000], [1, 0, 0, 0, 0xFFFF], [2, 0, 0, 0, 0, 1],
            [2, 0, 0, 4, 1, 0],
            [1, 0, 0x1234, 0, 1], [1, 0, 0xC000, 0, 1], [1, 0xFFFF, 0, 0, 1], [1, 0xFFFF, 0, 3, 1234], [5, 0, 0, 16, 1, 2, 3, 4, 0],
            [0xFFFF, 0, 0, 0],
        ]
        for words in malformed { #expect(try code { _ = try Numeric(bytes: bytes(words)) } == .malformedValue, "\(words)") }
        #expect(try code { _ = try Numeric(bytes: bytes([1, 0, 0, 0x4000, 1])) } == .valueOutOfRange)
    }

    @Test("zero is canonical, whatever its sign and weight were")
    func zero() throws {
        let zero = try Numeric(bytes: [0, 0, 0x12, 0x34, 0x40, 0, 0, 2])
        #expect(zero.description == "0.00")
        #expect(zero.encoded == [0, 0, 0, 0, 0, 0, 0, 2])
    }
}
