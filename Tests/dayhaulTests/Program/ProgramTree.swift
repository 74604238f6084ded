import FoundationEssentials
import TestKit

/// The program's commands and options, as it describes them itself.
struct ProgramTree: Decodable {
    struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
        }

        let names: [Name]?
    }

    let commandName: String
    let discussion: String?
    let subcommands: [ProgramTree]?
    let arguments: [Argument]?

    var options: Set<String> {
        Set((arguments ?? []).flatMap { ($0.names ?? []).map { ($0.kind == "long" ? "--" : "-") + $0.name } })
    }

    /// Of the built program.
    static func read() async throws -> ProgramTree {
        struct Document: Decodable {
            let command: ProgramTree
        }
        return try await withDirectory { directory in
            let dump = try await DayhaulProgram(environment: [:], directory: directory).run(["--experimental-dump-help"])
            return try dump.document(Document.self).command
        }
    }

    /// What of a command that begins after the program's name does not exist; nil when all of it does, and for what is no command.
    ///
    /// Only words before the first one that cannot be a command's count as commands; options count to the end of the text.
    func mistake(in text: Substring) -> String? {
        let words = text.split(whereSeparator: \.isWhitespace).map { word in
            // The end of a clause is not the word's.
            word.reversed().drop { ",.:)?".contains($0) }.reversed().map(String.init).joined()
        }
        var command = self
        var rest = words[...]
        guard words.first?.isEmpty == false else { return nil }
        while let word = rest.first, let next = command.subcommands?.first(where: { $0.commandName == word }) {
            command = next
            rest = rest.dropFirst()
        }
        if rest.count == words.count { return words.first.map { "no command \($0)" } }
        if let word = rest.first, !(command.subcommands ?? []).isEmpty, word.allSatisfy({ $0.isLetter && $0.isLowercase }) {
            return "no command \(command.commandName) \(word)"
        }
        for word in rest where word.hasPrefix("--") {
            let name = word.prefix { $0.isLetter || $0.isNumber || $0 == "-" }
            if name != "--", !command.options.contains(String(name)) { return "\(command.commandName) has no option \(name)" }
        }
        return nil
    }
}
