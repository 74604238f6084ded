import ArgumentParser
import Ingest
import Warehouse

struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Reads a range of days from the tenants again, both ends included.",
        discussion: """
            Each day is published whole, in one transaction with its ledger row: readers see the old day or the new one. A day whose rows \
            are the same is left as it is.

              dayhaul ingest --from 2025-09-01 --to 2025-09-30 --tenant tenant_a --report foodlogstats
            """)

    @OptionGroup var range: RangeOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print the plan and stop.")
    var dryRun = false

    func run() async throws {
        try await RunSession(kind: .ingest, days: range.days, selection: selection, global: global, dryRun: dryRun).run()
    }
}

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "The nightly batch: today, yesterday, the late-data window and gaps, of all tenants and reports.",
        discussion: "Reads what the plan says: dayhaul plan. Safe to run at any time and as often as wanted.")

    @OptionGroup var selection: SelectionOptions
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print the plan and stop.")
    var dryRun = false

    func run() async throws {
        try await RunSession(kind: .run, days: .due, selection: selection, global: global, dryRun: dryRun).run()
    }
}
