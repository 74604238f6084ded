import Foundation
import Testing

@testable import Spill

@Suite("Footer")
struct FooterTests {
    private func file(text: String, columns: [String], number: Int) -> SpillFile {
        SpillFile(
            run: "run", name: "name",
            identity: SpillIdentity(
                tenant: text, report: text, day: text, reportVersion: text, columns: columns, plan: text), rows: number,
            contentBytes: number, compressedBytes: number, frameChecksum: 7, digest: text, sourcePosition: text)
    }

    @Test(
        "any text and any count comes back, and any JSON parser reads them",
        arguments: ["", "plain", "quote \" and \\ backslash", "\0\u{1}\u{1F}\u{7F}\n\r\t", "żółć 🧱 \u{FEFF}", "\"}\n{\"format\":1"])
    func roundTrip(text: String) throws {
        for (columns, number) in [([], 0), ([text], 1), ([text, "", text], Int.max)] {
            let file = file(text: text, columns: columns, number: number)
            #expect(SpillFile(footer: file.footer(), run: "run", name: "name", frameChecksum: 7) == file)

            let parsed = try JSONSerialization.jsonObject(with: Data(file.footer())) as? [String: Any]
            #expect(parsed?["tenant"] as? String == text)
            #expect(parsed?["columns"] as? [String] == columns)
            #expect(parsed?["rows"] as? Int == number)
        }
    }

    @Test(
        "every other text is refused",
        arguments: [
            ("\"format\":1", "\"format\":2"), ("true", "false"), ("\"rows\":5", "\"rows\":05"), ("\"rows\":5", "\"rows\":-5"),
            ("\"rows\":5", "\"rows\":9223372036854775808"), ("\"rows\":5", "\"rows\":"), ("\"rows\"", "\"lines\""), ("}\n", "}"),
            ("}\n", "}\n\n"), ("\"t\"", "\"\\u0074\""), ("\"t\"", "\"\\t\""), ("\"t\"", "\"\\u00"), ("[\"t\"]", "[\"t\",]"),
            ("[\"t\"]", "[\"t\""),
        ])
    func refusals(from: String, to: String) {
        let text = String(decoding: file(text: "t", columns: ["t"], number: 5).footer(), as: UTF8.self)
        let changed = text.replacingOccurrences(of: from, with: to)
        #expect(changed != text)
        #expect(SpillFile(footer: Array(changed.utf8), run: "run", name: "name", frameChecksum: 7) == nil)
    }

    @Test("a footer cut off anywhere is refused")
    func truncation() {
        let footer = file(text: "t\n", columns: ["a", "b"], number: 12).footer()
        for length in 0..<footer.count {
            #expect(SpillFile(footer: Array(footer.prefix(length)), run: "run", name: "name", frameChecksum: 7) == nil)
        }
    }

    @Test("bytes that are not UTF-8 are refused")
    func invalidText() {
        var footer = file(text: "t", columns: [], number: 1).footer()
        for index in footer.indices where footer[index] == UInt8(ascii: "t") && footer[index - 1] == UInt8(ascii: "\"") {
            footer[index] = 0xFF
        }
        #expect(SpillFile(footer: footer, run: "run", name: "name", frameChecksum: 7) == nil)
    }
}
