import Testing

@testable import Spill

@Suite("XXH64")
struct XXHash64Tests {
    @Test(
        "the values are those of the reference implementation",
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64)])
    func reference(text: String, value: UInt64) {
        var hash = XXHash64()
        hash.update(Array(text.utf8).span.bytes)
        #expect(hash.value == value)
    }

    @Test("the value does not depend on how the bytes are cut")
    func cuts() {
        var generator = SeededGenerator(seed: 11)
        for length in 0..<200 {
            let bytes = generator.noise(length)
            var whole = XXHash64()
            whole.update(bytes.span.bytes)
            var cut = XXHash64()
            var start = 0
            while start < length {
                let end = min(length, start + Int.random(in: 0...70, using: &generator))
                cut.update(bytes.span.bytes.extracting(start..<end))
                start = end
            }
            #expect(cut.value == whole.value)
        }
    }
}
