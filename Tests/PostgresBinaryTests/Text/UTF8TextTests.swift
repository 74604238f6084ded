import PostgresBinary
import Testing

@Suite struct UTF8TextTests {
    private func isValid(_ bytes: [UInt8]) -> Bool { UTF8Text.isValid(bytes.span.bytes) }

    @Test("text of any script is accepted at any offset")
    func valid() {
        for text in [
            "", "a", "é", "語", "😀", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{FFFF}", "\u{10000}", "\u{10FFFF}",
        ] {
            for before in 0...20 {
                for after in [0, 1, 7, 8, 9] {
                    let bytes = Array((String(repeating: "x", count: before) + text + String(repeating: "y", count: after)).utf8)
                    #expect(isValid(bytes), "\(text.unicodeScalars) after \(before) bytes")
                }
            }
        }
    }

    @Test("NUL, overlong forms, surrogates, lone and missing bytes are refused at any offset")
    func invalid() {
        let sequences: [[UInt8]] = [
            [0], [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE2, 0x82],
            [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE],
            [0xFF],
            [0xC3, 0xA9, 0], [0xC3, 0x28],
        ]
        for sequence in sequences {
            for before in 0...20 {
                for after in [0, 1, 7, 8, 9] {
                    let bytes = [UInt8](repeating: 0x61, count: before) + sequence + [UInt8](repeating: 0x62, count: after)
                    #expect(!isValid(bytes), "\(sequence) after \(before) bytes")
                }
            }
        }
    }

    @Test("random bytes are judged as Swift judges them")
    func random() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                generator.chance(1, in: 8) ? UInt8(truncatingIfNeeded: generator.next()) : UInt8.random(in: 1...127, using: &generator)
            }
            #expect(isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil && !bytes.contains(0)))
        }
    }
}
