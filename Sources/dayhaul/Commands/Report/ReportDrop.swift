import ArgumentParser
import SQLText
import Warehouse

struct ReportDrop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Removes a report, with the days that tenants have of it.",
        discussion: """
            Where there are days, it asks for the report's name again, or takes it from --confirm. Day tables, \
            their parents and the views go, of all tenants. Views of others that read them stop it and are named.

            The report is disabled and its views go at once; the tables go a few at a time. Interrupted, the same \
            command goes on where it was. To keep the days, disable the report instead.

              dayhaul report drop waste_by_reason --dry-run
            """)

    @Argument(help: "The report's name.", completion: .custom { _, _, _ in await Completion.reports() })
    var name: String

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The report's name once more.", valueName: "name"))
    var confirm: String?

    @Flag(help: "Show what would be removed, and remove nothing.")
    var dryRun = false

    private struct Document: Encodable {
        let report: String
        let days: Int
        let objects: [String]
    }

    func run() async throws {
        let settings = try await Settings(global)
        let warehouse = try settings.warehouse()
        let removal = try await warehouse.withSession { try await ReportRemoval.plan(name, $0) }
        try removal.check()
        if !dryRun {
            if removal.days > 0 { try confirm(removal) }
            let progress = BatchProgress("tables", isQuiet: settings.logLevel < .info)
            try await warehouse.withSession { session in
                try await removal.execute(session) { progress.note($0, of: $1) }
            }
        }
        if global.json {
            return try StandardOutput.writeJSON(Document(report: name, days: removal.days, objects: removal.objects))
        }
        guard dryRun else { return StandardOutput.print("dropped report \(name) with \(Quantity.of(removal.days, "day"))") }
        StandardOutput.print(
            (["would remove report \(name) with \(Quantity.of(removal.days, "day")):"] + removal.objects).joined(
                separator: "\n  "))
    }

    private func confirm(_ removal: ReportRemoval) throws {
        try Confirmation.require(
            removal.report, given: confirm, "removes \(Quantity.of(removal.days, "day")) of \(removal.report)",
            command: "dayhaul report drop \(Shell.word(removal.report))")
    }
}
