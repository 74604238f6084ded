import ArgumentParser
import PostgresBinary
import Warehouse
import SQLText

struct DayDrop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Removes days of a tenant's report for good.",
        usage: "dayhaul day drop TENANT REPORT (--from DAY --to DAY | --last N) [--confirm TENANT] [--dry-run] [<options>]",
        discussion: """
            Asks for the tenant's name again, or takes it from --confirm. The days' tables go, and no run reads the days again: they are no \
            gaps, verify does not miss them, and rebuild leaves them out. dayhaul day restore lets them be read again.

            The tables go a few at a time. Interrupted, the same command goes on where it was.

              dayhaul day drop tenant_a foodlogstats \\
                      --from 0025-09-24 --to 0025-09-24 --dry-run
            """)

    @OptionGroup var of: DayArguments
    @OptionGroup var span: DaySpan
    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The tenant's name once more.", valueName: "tenant"))
    var confirm: String?

    @Flag(help: "Say what would be removed, and remove nothing.")
    var dryRun = false

    private struct Document: Encodable {
        let tenant: String
        let report: String
        let schema: String
        let from: String
        let to: String
        let days: Int
        let rows: Int
        let loaded: [SpanDocument]
    }

    func run() async throws {
        let settings = try await Settings(global)
        let warehouse = try settings.warehouse()
        let removal = try await warehouse.withSession { session in
            let target = try await LoadedReport.named(of.report, of: of.tenant, session)
            let removal = try await DayRemoval.plan(try span.days(today: target.today), of: target, session)
            try await removal.check(session)
            return removal
        }
        if !dryRun {
            try confirm(removal)
            let progress = BatchProgress("days", isQuiet: settings.logLevel < .info)
            try await warehouse.withSession { session in
                try await removal.carryOut(session) { progress.note($0, of: $1) }
            }
        }
        if global.json { return try StandardOutput.writeJSON(document(removal)) }
        StandardOutput.print(dryRun ? "would drop \(removal.extent):" : "dropped \(removal.extent)")
        if dryRun {
            StandardOutput.print(removal.table.text)
        } else {
            StandardOutput.print("no run reads these days again; to bring them back: \(command("restore", removal))")
        }
    }

    private func command(_ verb: String, _ removal: DayRemoval) -> String {
        "dayhaul day \(verb) \(Shell.word(removal.target.tenant)) \(Shell.word(removal.target.report)) "
            + "--from \(removal.span.lowerBound) --to \(removal.span.upperBound)"
    }

    private func document(_ removal: DayRemoval) -> Document {
        Document(
            tenant: removal.target.tenant, report: removal.target.report, schema: removal.target.schema,
            from: removal.span.lowerBound.description, to: removal.span.upperBound.description,
            days: removal.days.count,
            rows: removal.rows, loaded: removal.loaded.map { SpanDocument($0.days) })
    }

    private func confirm(_ removal: DayRemoval) throws {
        if confirm == nil, TerminalInput.isTerminal { StandardError.write(removal.table.text + "\n") }
        try Confirmation.require(
            removal.target.tenant, given: confirm, "drops \(removal.extent)", command: command("drop", removal))
    }
}

extension DayRemoval {
    /// Rows of all days.
    fileprivate var rows: Int { days.reduce(0) { $0 + $1.rows } }

    /// How much goes.
    fileprivate var extent: String {
        "\(span.text) of \(target.tenant) \(target.report): \(Quantity.of(days.count, "day")) with \(Quantity.of(rows, "row")) in the warehouse"
    }

    /// Runs of days that are in the warehouse.
    fileprivate var loaded: [(days: ClosedRange<CalendarDate>, rows: Int)] {
        days.reduce(into: []) { runs, day in
            if let last = runs.last, last.days.upperBound + 1 == day.day {
                runs[runs.count - 1] = (last.days.lowerBound...day.day, last.rows + day.rows)
            } else {
                runs.append((day.day...day.day, day.rows))
            }
        }
    }

    fileprivate var table: TextTable {
        var table = TextTable(("from", .left), ("to", .left), ("days", .right), ("rows", .right))
        for run in loaded {
            table.add(
                run.days.lowerBound.description, run.days.upperBound.description, Quantity.count(run.days.count),
                Quantity.count(run.rows))
        }
        return table
    }
}
