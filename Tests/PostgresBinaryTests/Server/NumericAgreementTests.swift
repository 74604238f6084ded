import PostgresBinary
import Testing

/// Arithmetic, order and input of `numeric` against a real server.
@Suite(ScratchServer(), .enabled(if: ScratchServer.isAvailable), .timeLimit(.minutes(2)))
struct NumericAgreementTests {
    @Test("sums, differences, negations and comparisons are the server's, bit for bit")
    func arithmetic() throws {
        let server = try #require(ScratchServer.current)
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let edges: [Numeric] = [.nan, .infinity, .negativeInfinity, .zero, 1, -1, 9999, 9_999_999_999_999_999]
        var pairs = edges.flatMap { left in edges.map { (left, $0) } }
        for _ in 0..<5000 {
            let left = Numeric.sample(using: &generator)
            // Close numbers, so that differences cancel.
            let near = generator.chance(1, in: 4) ? try left + 1 : generator.chance(1, in: 4) ? -left : Numeric.sample(using: &generator)
            pairs.append((left, near))
        }
        _ = try server.output(of: "CREATE TABLE pairs (i int4, a numeric, b numeric)")
        try server.load(
            copyStream(pairs.enumerated().map { [Int32($0.offset).encoded, $0.element.0.encoded, $0.element.1.encoded] }),
            with: "COPY pairs FROM STDIN (FORMAT binary)")
        let answers = try rows(
            of: [server.output(of: "COPY (SELECT a + b, a - b, -a, a < b, a = b FROM pairs ORDER BY i) TO STDOUT (FORMAT binary)")],
            fieldCount: 5)
        for ((left, right), answer) in zip(pairs, answers) {
            let ours = [
                try (left + right).encoded, try (left - right).encoded, (-left).encoded, (left < right).encoded, (left == right).encoded,
            ]
            #expect(ours == answer, "\(left) and \(right), seed \(seed)")
            #expect(left != right || left.hashValue == right.hashValue, "\(left) and \(right), seed \(seed)")
        }
    }

    @Test("text is read as the server reads it")
    func input() throws {
        let server = try #require(ScratchServer.current)
        let texts = [
            "1", " 1 ", "+1", "-0", "1.", ".5", "-.5e3", "1e5", "1e-5", "12.3400e2", "12.3400e-2", "1E+3", "nan", "INF", "-inf",
            "+Infinity", "000.000",
            "0e-5", "0.00e1", "00123.4500", "1e-16383", "9e131071", "123456.789e3", "1234567890123456789012345678901234567890",
        ]
        let list = texts.map { "('\($0)'::numeric)" }.joined(separator: ",")
        let answers = try rows(of: [server.output(of: "COPY (VALUES \(list)) TO STDOUT (FORMAT binary)")], fieldCount: 1)
        for (text, answer) in zip(texts, answers) { #expect(Numeric(text)?.encoded == answer[0], "\(text)") }
    }

    @Test("the largest number is added to, and overflows, as on the server")
    func overflow() throws {
        let largest = try #require(Numeric(String(repeating: "9", count: 131_072)))
        #expect(try code { _ = try largest + 1 } == .valueOutOfRange)
        #expect(try (largest - 1).description == String(repeating: "9", count: 131_071) + "8")
        let server = try #require(ScratchServer.current)
        #expect(throws: ScratchServer.Failure.self) { try server.output(of: "SELECT repeat('9', 131072)::numeric + 1") }
    }
}
