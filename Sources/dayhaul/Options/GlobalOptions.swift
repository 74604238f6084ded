import ArgumentParser

/// Options that every command shares. Flag beats environment beats file beats default.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Connection string of the warehouse: a libpq URI or keyword string. A password is better kept in ~/.pgpass (DAYHAUL_WAREHOUSE).",
            valueName: "conninfo"))
    var warehouse: String?

    @Option(
        help: ArgumentHelp(
            "Settings file; without it dayhaul.yaml here or in ~/.config/dayhaul, where there is one (DAYHAUL_CONFIG).", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "File with the key that opens tenants' passwords; ~/.config/dayhaul/key by default (DAYHAUL_KEY_FILE).", valueName: "file"),
        completion: .file())
    var keyFile: String?

    @Option(
        help: ArgumentHelp(
            "Directory for spill files; ~/.local/state/dayhaul/spill by default (DAYHAUL_SPILL_DIRECTORY).", valueName: "directory"),
        completion: .directory)
    var spillDirectory: String?

    @Option(help: ArgumentHelp("How much to say on standard error; info by default (DAYHAUL_LOG_LEVEL).", valueName: "level"))
    var logLevel: LogLevel?

    @Flag(help: "Print one JSON document on standard output and nothing else there.")
    var json = false
}

/// How much is said on standard error besides results.
enum LogLevel: String, ExpressibleByArgument, CaseIterable, Comparable {
    case error, warning, info, debug

    static func < (left: LogLevel, right: LogLevel) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}
