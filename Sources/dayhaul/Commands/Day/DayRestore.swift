import ArgumentParser
import PostgresBinary
import Warehouse
import SQLText

struct DayRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Lets days that were dropped be read again.",
        usage: "dayhaul day restore TENANT REPORT (--from DAY --to DAY | --last N) [--dry-run] [<options>]",
        discussion: """
            Writes nothing but that: the next dayhaul run reads those that are gaps, and dayhaul ingest reads any of them at once.

              dayhaul day restore tenant_a foodlogstats \\
                      --from 2025-09-01 --to 2025-09-03
            """)

    @OptionGroup var of: DayArguments
    @OptionGroup var span: DaySpan
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Say what would be changed, and change nothing.")
    var dryRun = false

    private struct Document: Encodable {
        let tenant: String
        let report: String
        let from: String
        let to: String
        let restored: Int
    }

    func run() async throws {
        let (target, days, restored) = try await Settings(global).warehouse().withSession { session in
            let target = try await LoadedReport.named(of.report, of: of.tenant, session)
            let days = try span.days(today: target.today)
            return (target, days, try await target.restore(days, dryRun: dryRun, session))
        }
        if global.json {
            return try StandardOutput.writeJSON(
                Document(
                    tenant: target.tenant, report: target.report, from: days.lowerBound.description, to: days.upperBound.description,
                    restored: restored))
        }
        let subject = "\(days.text) of \(target.tenant) \(target.report)"
        guard restored > 0 else { return StandardOutput.print("no day of \(subject) is dropped: nothing was changed") }
        StandardOutput.print("\(dryRun ? "would restore" : "restored") \(Quantity.of(restored, "day")) of \(subject)")
        guard !dryRun else { return }
        StandardOutput.print(
            "to read them now: dayhaul ingest --from \(days.lowerBound) --to \(days.upperBound) --tenant \(Shell.word(target.tenant)) "
                + "--report \(Shell.word(target.report))")
    }
}
