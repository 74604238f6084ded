import Testing

@testable import Spill

@Suite("XXH32")
struct XXHash32Tests {
    @Test(
        "the values are those of the reference implementation",
        arguments: [
            ("", 0x02CC_5D05), ("a", 0x550D_7456), ("abc", 0x32D1_53FF), ("Nobody inspects the spammish repetition", 0xE229_3B2F),
        ] as [(String, UInt32)])
    func reference(text: String, value: UInt32) {
        #expect(XXHash32.hash(Array(text.utf8).span.bytes) == value)
    }
}
