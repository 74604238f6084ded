import SQLText

/// What was probably meant by arguments that the parser refused: its own message names what is missing, where a name was misspelt.
struct UsageAdvice: Equatable {
    let message: String
    let hint: String

    /// The first command or option among the arguments that does not exist; nil when all of them do.
    static func about(_ arguments: [String], in program: CommandTree) -> UsageAdvice? {
        var command = program
        var path = [program.commandName]
        var rest = arguments[...]
        while let word = rest.first, !word.hasPrefix("-") {
            guard let next = command[word] else {
                if command.commandNames.isEmpty { break }
                return unknownCommand(word, in: command, path)
            }
            command = next
            path.append(word)
            rest = rest.dropFirst()
        }
        return unknownOption(among: rest, of: command, path)
    }

    // MARK: - Commands

    /// Words of other programs for the same thing.
    private static let synonyms = [
        "ls": "list", "rm": "drop", "delete": "drop", "remove": "drop", "create": "add", "new": "add", "update": "set", "change": "set",
        "edit": "set", "alter": "set", "describe": "show", "info": "show", "get": "show", "ping": "test", "load": "ingest",
        "backfill": "ingest", "refresh": "ingest", "import": "ingest", "nightly": "run", "compare": "verify", "check": "verify",
        "start": "worker", "daemon": "worker", "upgrade": "init", "migrate": "init", "setup": "init", "install": "init",
        "recover": "rebuild", "restore": "rebuild", "templates": "report", "template": "report",
    ]

    private static func unknownCommand(_ word: String, in command: CommandTree, _ path: [String]) -> UsageAdvice {
        let place = path.joined(separator: " ")
        let message = "\(place) has no command \(Shell.word(word))"
        let plural = word.hasSuffix("s") ? String(word.dropLast()) : nil
        let known = command.commandNames
        let meant =
            [plural, synonyms[word]].compactMap(\.self).first(where: known.contains) ?? Spelling.nearest(to: word, among: known)
        guard let meant else { return UsageAdvice(message: message, hint: "\(place) --help lists its commands") }
        // Whoever asks for tenants wants to see them.
        let list = meant == plural && command[meant]?["list"] != nil ? " list" : ""
        return UsageAdvice(message: message, hint: "did you mean \(place) \(meant)\(list)?")
    }

    // MARK: - Options

    private static func unknownOption(
        among words: ArraySlice<String>, of command: CommandTree, _ path: [String]
    ) -> UsageAdvice? {
        var isValue = false
        for word in words {
            if isValue {
                isValue = false
                continue
            }
            if word == "--" { return nil }
            guard word.hasPrefix("-"), word.count > 1, word.dropFirst().contains(where: { !$0.isNumber }) else { continue }
            let name = String(word.prefix { $0 != "=" })
            if let option = command.option(name) {
                isValue = option.takesValue && !word.contains("=")
            } else if !isOfTheParser(name) {
                return unknownOption(name, of: command, path)
            }
        }
        return nil
    }

    /// Options that the parser has besides those that it describes.
    private static func isOfTheParser(_ name: String) -> Bool {
        name.hasPrefix("--generate-completion-script") || name.hasPrefix("--experimental-dump-help") || name == "--help-hidden"
    }

    private static func unknownOption(_ name: String, of command: CommandTree, _ path: [String]) -> UsageAdvice {
        let place = path.joined(separator: " ")
        if isPassword(name), command.option(name) == nil { return password(of: command, place) }
        let message = "\(place) has no option \(Shell.word(name))"
        if path.count == 1, !command.optionNames.contains(name) {
            return UsageAdvice(message: message, hint: "options come after the command, as in \(place) status --json")
        }
        let longer = command.optionNames.filter { $0.hasPrefix(name) && name.count > 3 }
        if let meant = longer.count == 1 ? longer.first : Spelling.nearest(to: name, among: command.optionNames) {
            return UsageAdvice(message: message, hint: "did you mean \(meant)?")
        }
        return UsageAdvice(message: message, hint: "\(place) --help lists its options")
    }

    private static func isPassword(_ name: String) -> Bool {
        ["--password", "--passwd", "--pass", "--pwd", "-W", "--secret"].contains(name)
    }

    private static func password(of command: CommandTree, _ place: String) -> UsageAdvice {
        let isTenants = command.option("--password-stdin") != nil
        return UsageAdvice(
            message: "a password is never an argument, which every user of the machine can read",
            hint: isTenants
                ? "give \(place) --password-stdin < FILE, or one of --password-file, --secret-command, --secret-file and --secret-variable"
                : "the warehouse's password belongs in ~/.pgpass or PGPASSWORD; a tenant's is set with "
                    + "dayhaul tenant set NAME --password-stdin < FILE")
    }
}
