import ArgumentParser
import Ingest
import PostgresBinary
import Warehouse

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Says what a run would do, day by day, and why; reads the warehouse only.",
        usage: "dayhaul plan [--from DAY --to DAY] [--tenant NAME …] [--report NAME …] [<options>]",
        discussion: """
            With --from and --to the plan of an ingest, without them that of the nightly run. The tenants are not connected to.

            Why a day is in it: missing, provisional (read before the replica had all of it), changed report, today, yesterday, late-data \
            window, asked for.
            """)

    @Option(help: ArgumentHelp("First day, as 2025-09-01.", valueName: "day"))
    var from: CalendarDate?

    @Option(help: ArgumentHelp("Last day, included.", valueName: "day"))
    var to: CalendarDate?

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (from == nil) == (to == nil) else { throw ValidationError("give both --from and --to, or neither") }
    }

    func run() async throws {
        let settings = try await Settings(global)
        let days: Planner.Days = if let from, let to { .range(from, to) } else { .due }
        try PlanPrinter.print(try await Self.plan(days, selection, confirmed: confirmation.yes, settings), json: global.json)
    }

    static func plan(
        _ days: Planner.Days, _ selection: SelectionOptions, confirmed: Bool = false, _ settings: Settings
    ) async throws -> Plan {
        try await settings.warehouse().withSession { session in
            try await Planner.plan(
                days, selection.selection, sliceDays: settings.limits.sliceDays, confirmed: confirmed, session)
        }
    }
}
