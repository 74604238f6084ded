import ArgumentParser
import Ingest
import Warehouse

struct ReportEnable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Lets nightly runs read reports again.",
        discussion: "Names take the shell's *. The next run reads the days that a report missed.")

    @OptionGroup var reports: ReportsArgument
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Show what would be changed, and change nothing.")
    var dryRun = false

    func run() async throws { try await reports.setEnabled(true, dryRun: dryRun, global) }
}

struct ReportDisable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Keeps reports out of nightly runs; their days stay readable.",
        discussion:
            "Names take the shell's *. A disabled report is still read when it is named: dayhaul ingest --report NAME.")

    @OptionGroup var reports: ReportsArgument
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Show what would be changed, and change nothing.")
    var dryRun = false

    func run() async throws { try await reports.setEnabled(false, dryRun: dryRun, global) }
}

/// The argument of commands about several reports.
struct ReportsArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Reports, or patterns such as 'sales_*'.", valueName: "name"),
        completion: .custom { _, _, _ in await Completion.reports() })
    var names: [String]

    private struct Document: Encodable {
        let report: String
        let enabled: Bool
    }

    /// Enables or disables the reports that are meant. Throws `unknownReport` for a pattern that fits none.
    func setEnabled(_ isEnabled: Bool, dryRun: Bool, _ global: GlobalOptions) async throws {
        let selected = try await Settings(global).warehouse().withSession { session in
            let selected = try Selection(reports: names).reports(
                among: try await ReportCatalogue.all(session).map(\.name))
            if !dryRun { try await ReportCatalogue.setEnabled(isEnabled, selected, session) }
            return selected
        }
        if global.json {
            return try StandardOutput.writeJSON(selected.map { Document(report: $0, enabled: isEnabled) })
        }
        for name in selected {
            StandardOutput.print(
                dryRun
                    ? "would \(isEnabled ? "enable" : "disable") report \(name)"
                    : "report \(name) is \(isEnabled ? "enabled" : "disabled")")
        }
    }
}
