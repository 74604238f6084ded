import SQLText

/// The name of what a command removes for good, given once more.
enum Confirmation {
    /// Asks for the name on a terminal, where `--confirm` did not give it. `extent` says what goes; `command` is what removes it, without
    /// `--confirm`, for the hint. Throws `SettingsError` for any other name, and where nobody can be asked.
    static func require(_ name: String, given: String?, _ extent: String, command: String) throws {
        var answer = given
        if answer == nil, TerminalInput.isTerminal {
            answer = try TerminalInput.line("this \(extent). Type the name \(name) again: ")
        }
        guard answer == name else {
            throw SettingsError(
                message: answer.map { "\($0) is not the name, \(name)" } ?? "this \(extent), and the name was not repeated",
                hint: "\(command) --confirm \(Shell.word(name))")
        }
    }
}
