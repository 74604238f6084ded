import ArgumentParser
import Ingest
import Warehouse

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Says what a run would do, day by day, and why; reads the warehouse only.",
        usage: "dayhaul plan [--from DAY --to DAY | --last N] [--tenant NAME …] [--report NAME …] [<options>]",
        discussion: """
            With --from and --to, or --last, the plan of an ingest, without them that of the nightly run. The tenants are not connected to.

            Why a day is in it: missing, provisional (read before the replica had all of it), changed report, today, yesterday, late-data \
            window, asked for.
            """)

    @OptionGroup var range: OptionalRangeOptions
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let settings = try await Settings(global)
        let plan = try await Self.plan(range.days ?? .due, selection, confirmed: confirmation.yes, settings)
        try PlanPrinter.print(plan, json: global.json)
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
