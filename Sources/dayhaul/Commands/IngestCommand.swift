import ArgumentParser
import Ingest
import Warehouse

struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Reads a range of days from the tenants again, both ends included.",
        usage: "dayhaul ingest (--from DAY --to DAY | --last N) [--tenant NAME …] [--report NAME …] [--dry-run] [<options>]",
        discussion: """
            Each day is published whole, in one transaction with its ledger row: readers see the old day or the new one. A day whose rows \
            are the same is left as it is. A tenant that fails stops no other: the exit status is then 3, and the same command, given \
            again, does what is missing. Ctrl-C ends the queries on the servers and leaves each day old or new; a run that was killed is \
            taken up by the same command, which loads what had been read without reading it again.

            Days that were dropped with dayhaul day drop are not read. A range that looks mistyped, because it begins before 1970 or more than \
            ten years before the first day of a report, is refused without --yes.

            Days are dates, today, yesterday, or -7 for the day a week ago. What today is depends on the report's time zone, by the \
            warehouse's clock. --last 7 is the seven days that end today.

            A day that lost more than half of its rows (max_shrink of its report) is held: it stays as it is until --accept-shrink.

              dayhaul ingest --from 2025-09-01 --to 2025-09-30
              dayhaul ingest --last 7
              dayhaul ingest --from 2025-09-24 --to 2025-09-24 \\
                      --tenant 'eu_*' --report foodlogstats --json
            """)

    @OptionGroup var range: RangeOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Compare with the rows in the warehouse even where the ledger says that nothing changed, as after a change by hand.")
    var force = false

    @Flag(help: "Publish days that lost more of their rows than their report allows (max_shrink), which are held otherwise.")
    var acceptShrink = false

    @Flag(help: "Read everything from the tenants, also what the same command had read before it was killed.")
    var fresh = false

    @Flag(help: "Print the plan and stop.")
    var dryRun = false

    func run() async throws {
        var options = RunOptions()
        options.distrustsLedger = force
        options.acceptsShrink = acceptShrink
        options.readsAfresh = fresh
        try await RunSession(
            kind: .ingest, days: range.days, selection: selection, global: global, dryRun: dryRun,
            confirmed: range.confirmation.yes, options: options
        ).run()
    }
}

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "The nightly batch: today, yesterday, the late-data window and gaps, of all tenants and reports.",
        usage: "dayhaul run [--tenant NAME …] [--report NAME …] [--dry-run] [<options>]",
        discussion: """
            Does what dayhaul plan says: reads the days that are missing, provisional, loaded with an older version of their report, or \
            young enough for late rows, and publishes those that changed. Safe to run at any time and as often as wanted; for cron:

              15 2 * * * PATH=/usr/local/bin:$PATH dayhaul run || logger dayhaul: exit $?
            """)

    @OptionGroup var selection: SelectionOptions
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print the plan and stop.")
    var dryRun = false

    func run() async throws {
        try await RunSession(kind: .run, days: .due, selection: selection, global: global, dryRun: dryRun).run()
    }
}
