import FoundationEssentials
import Glibc
import SystemPackage
import TestKit
import Testing

/// What messages, help and documents tell people to type.
@Suite("Every command that is named", .timeLimit(.minutes(2)))
struct HintTests {
    /// Words that follow the program's name where it is spoken of, and not called.
    private static let prose: Set<String> = [
        "must", "writes", "needs", "has", "loaded", "hourly", "nightly", "history", "is", "can", "does", "made", "makes", "and", "takes",
        "on",
        "sends", "asks", "reads", "from", "to", "itself", "again", "as", "may", "will", "that", "with", "the", "in", "worker_login", "yet",
    ]
    /// Commands of which is known that they are not there yet: none. A message must not be ahead of its command.
    private static let known: Set<String> = []

    private static let root = Operator.file("").removingLastComponent()

    /// Files below a folder with one of these endings.
    private static func files(_ folder: String, _ endings: String...) throws -> [String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.appending(folder).string)
        // Through links the same files would come again.
        let own = names.filter { !$0.contains("/SQL/") && !$0.contains(".build") }
        return own.filter { name in endings.contains { name.hasSuffix($0) } }.map { root.appending(folder).appending($0).string }
    }

    /// The texts that follow the program's name, each to where the command can end at the latest.
    private static func calls(in line: Substring) -> [Substring] {
        var calls: [Substring] = []
        var rest = line
        while let found = rest.firstRange(of: "dayhaul ") {
            let isWord = found.lowerBound == rest.startIndex || !"/-_.'".contains(rest[rest.index(before: found.lowerBound)])
            rest = rest[found.upperBound...]
            let next = rest.firstRange(of: "dayhaul ")?.lowerBound ?? rest.endIndex
            let call = rest[..<next].prefix { !"\";`|".contains($0) }
            if isWord, call.first?.isLetter == true, call.first?.isLowercase == true { calls.append(call) }
        }
        return calls
    }

    private func check(_ path: String, _ tree: ProgramTree, _ wanted: (Substring) -> Bool) throws {
        for (number, line) in try text(of: path).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            // What most lines do not have is found fast.
            guard strstr(String(line), "dayhaul ") != nil, wanted(line) else { continue }
            for call in Self.calls(in: line) {
                let first = call.prefix { $0.isLetter || $0 == "_" || $0 == "-" }
                guard !Self.prose.contains(String(first)), let mistake = tree.mistake(in: call), !Self.known.contains(mistake) else {
                    continue
                }
                Issue.record("\(path):\(number + 1): \(mistake): dayhaul \(call)")
            }
        }
    }

    @Test("in a message or a help text exists, with its options")
    func messages() async throws {
        let tree = try await ProgramTree.read()
        let files = try Self.files("Sources", ".swift") + Self.files("sql", ".sql")
        #expect(files.count > 200)
        for path in files {
            // Comments are for those who read the source.
            try check(path, tree) { line in !["//", "--"].contains { line.drop(while: \.isWhitespace).hasPrefix($0) } }
        }
    }

    @Test("in a document exists, with its options")
    func documents() async throws {
        let tree = try await ProgramTree.read()
        let articles = try Self.files("Sources", ".md").filter { !$0.hasSuffix("CommandReference.md") }
        let files = try articles + Self.files("deployment", ".md", ".service") + [Self.root.appending("README.md").string]
        for path in files {
            // In prose the program is spoken of; what people type stands in code.
            try check(path, tree) { line in line.contains("`dayhaul ") || line.drop(while: \.isWhitespace).hasPrefix("dayhaul ") }
        }
    }

    @Test("in a help text can be pasted from a terminal of 80 columns: no example is wider")
    func width() async throws {
        func check(_ command: ProgramTree, _ path: String) {
            for line in (command.discussion ?? "").split(separator: "\n") where line.hasPrefix("  ") {
                #expect(line.count <= 80, "\(path): \(line)")
            }
            for next in command.subcommands ?? [] { check(next, "\(path) \(next.commandName)") }
        }
        check(try await ProgramTree.read(), "dayhaul")
    }
}
