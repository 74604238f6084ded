import Glibc
import SQLText
import Testing

@Suite("Words for a shell")
struct ShellTests {
    @Test("that need no quotes have none", arguments: ["tenant_a", "a-b.c", "2025-09-01", "/tmp/x", "host=h,i", "a@b:c+1"])
    func plain(word: String) { #expect(Shell.word(word) == word) }

    @Test(
        "mean themselves to /bin/sh, whatever is in them",
        arguments: [
            "", "Tenant B", "it's", "''", "$HOME", "`id`", "a;b", "eu_*", "~", "\\", "\"", "a\nb", "#x", "!x", "naïve", "'\u{301}",
            "a&b|c<d>e(f)",
        ])
    func quoted(word: String) throws {
        let command = "printf '%s' \(Shell.word(word))"
        let pipe = try #require(popen("LC_ALL=C \(command)", "r"))
        var bytes: [UInt8] = []
        while case let byte = fgetc(pipe), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        #expect(pclose(pipe) == 0)
        #expect(String(decoding: bytes, as: UTF8.self) == word)
    }
}
