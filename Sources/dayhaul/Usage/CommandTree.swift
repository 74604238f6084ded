import ArgumentParser
import FoundationEssentials

/// A command with its options and subcommands, as the parser itself describes them.
struct CommandTree: Decodable {
    /// An option, a flag or a positional argument.
    struct Argument: Decodable {
        /// A name of an option.
        struct Name: Decodable {
            let kind: String
            let name: String

            /// As it is typed.
            var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
        }

        let kind: String
        let names: [Name]?

        /// Whether the next word is its value.
        var takesValue: Bool { kind == "option" }
    }

    let commandName: String
    let subcommands: [CommandTree]?
    let arguments: [Argument]?

    /// The whole program.
    static func program() throws -> CommandTree {
        struct Document: Decodable {
            let command: CommandTree
        }
        return try JSONDecoder().decode(Document.self, from: Data(Dayhaul._dumpHelp().utf8)).command
    }

    /// The subcommand of that name.
    subscript(name: String) -> CommandTree? { subcommands?.first { $0.commandName == name } }

    /// Names of the commands below it, without `help`.
    var commandNames: [String] { (subcommands ?? []).map(\.commandName).filter { $0 != "help" } }

    /// The option that is typed so.
    func option(_ text: String) -> Argument? { arguments?.first { $0.names?.contains { $0.text == text } ?? false } }

    /// All options as they are typed.
    var optionNames: [String] { (arguments ?? []).flatMap { ($0.names ?? []).map(\.text) } }
}
