import ArgumentParser
import Warehouse

struct ReportRenameCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Gives a report another name; its days stay where they are.",
        discussion: """
            One transaction: the views get the new name, and views of others that read them go on. The tables of its \
            days keep the names that they have. Ledger, requests and run log follow. A run that is in progress may fail \
            the report's days that it has yet to publish; the next run reads them. The old name is free for another \
            report.

              dayhaul report rename waste waste_by_reason
            """)

    @Argument(help: "The report's name.", completion: .custom { _, _, _ in await Completion.reports() })
    var old: String

    @Argument(help: "Its new name.")
    var new: String

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Say what would be renamed, and change nothing.")
    var dryRun = false

    func run() async throws {
        let rename = try await Settings(global).warehouse().withSession { session in
            let rename = try await ReportRename.plan(old, to: new, session)
            if !dryRun { try await rename.carryOut(session) }
            return rename
        }
        if global.json { return try StandardOutput.writeJSON(rename) }
        StandardOutput.print("\(dryRun ? "would rename" : "renamed") report \(old) to \(new)")
        if !rename.views.isEmpty { StandardOutput.print("views that get the new name: \(rename.views.joined(separator: ", "))") }
        if rename.tables > 0 { StandardOutput.print("\(Quantity.of(rename.tables, "table")) of its days keep their names") }
    }
}
