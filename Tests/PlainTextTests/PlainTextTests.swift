import Foundation
import PlainText
import Testing

@Suite("Text that others wrote")
struct PlainTextTests {
    /// C0, DEL, C1 (the CSI of ECMA-48 in one character), overrides and isolates, line separators, a byte order mark, a tag.
    static let unseen = [
        "\u{0}", "\u{7}", "\u{8}", "\r", "\u{1b}", "\u{7f}", "\u{85}", "\u{9b}", "\u{ad}", "\u{200b}", "\u{200e}", "\u{202e}", "\u{2028}",
        "\u{2029}", "\u{2066}", "\u{2069}", "\u{feff}", "\u{e0041}",
    ]

    @Test("has a sign in the place of each character that steers a terminal or hides something", arguments: unseen)
    func replaced(_ character: String) {
        #expect(PlainText.line("ä\(character)[31m") == "ä\u{fffd}[31m")
        #expect(PlainText.lines("a\n\t\(character)b") == "a\n\t\u{fffd}b")
    }

    @Test(
        "stays as it is otherwise, in any script",
        arguments: ["", "plain", "Café 世界 שלום مرحبا", "👍🏽", "👩‍🚀", "می‌خواهم", "e\u{301}", " a  b "])
    func kept(_ text: String) {
        #expect(PlainText.line(text) == text && PlainText.lines("\(text)\n\t\(text)") == "\(text)\n\t\(text)")
        #expect(PlainText.json("[\"\(text)\"]") == "[\"\(text)\"]")
    }

    @Test("has Windows' line breaks as any others")
    func windows() { #expect(PlainText.lines("a\r\nb\rc") == "a\nb\u{fffd}c") }

    @Test("is one line where one is wanted")
    func oneLine() { #expect(PlainText.line("a\nb\tc\r\nd") == "a\u{fffd}b\u{fffd}c\u{fffd}\u{fffd}d") }

    @Test("says in JSON what it said, in characters that can be seen", arguments: unseen)
    func json(_ character: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .prettyPrinted
        let document = PlainText.json(String(decoding: try encoder.encode(["a\(character)b"]), as: UTF8.self))
        #expect(document.unicodeScalars.allSatisfy { $0 == "\n" || !PlainText.isUnseen($0) })
        #expect(try JSONDecoder().decode([String].self, from: Data(document.utf8)) == ["a\(character)b"])
    }
}
