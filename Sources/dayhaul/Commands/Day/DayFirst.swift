import ArgumentParser
import Ingest
import PostgresBinary
import Warehouse
import SQLText

struct DayFirst: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "first", abstract: "Shows, or sets, the day from which on the nightly run fills gaps.",
        discussion: """
            Without a day it shows the first day, and which days are dropped. With one, every day from it on that is not in the warehouse \
            is read by the next dayhaul run; days before it stay, and are read again when they are asked for.

              dayhaul day first tenant_a foodlogstats 2024-01-01
            """)

    @OptionGroup var of: DayArguments

    @Argument(help: ArgumentHelp("The new first day, as 2025-09-01 or yesterday.", valueName: "day"), transform: DayArgument.parse)
    var day: RequestedDay?

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Take a day that looks mistyped: before 1970, or more than ten years before the first day.")
    var yes = false

    @Flag(help: "Say what would be changed, and change nothing.")
    var dryRun = false

    private struct Document: Encodable {
        let tenant: String
        let report: String
        let firstDay: String?
        let dropped: [SpanDocument]
    }

    func run() async throws {
        let target = try await Settings(global).warehouse().withSession { session in
            let target = try await LoadedReport.named(of.report, of: of.tenant, session)
            if let day {
                try await target.setFirstDay(day.resolved(today: target.today), confirmed: yes, dryRun: dryRun, session)
            }
            return target
        }
        let newDay = day?.resolved(today: target.today)
        let first = newDay ?? target.firstDay
        if global.json {
            return try StandardOutput.writeJSON(
                Document(
                    tenant: target.tenant, report: target.report, firstDay: first?.description,
                    dropped: target.dropped.map { SpanDocument($0) }))
        }
        let subject = "\(target.tenant) \(target.report)"
        guard let newDay else {
            StandardOutput.print(
                target.firstDay.map { "\(subject): gaps are filled from \($0) on" }
                    ?? "\(subject): no first day yet; the first range that is loaded sets it")
            for days in target.dropped { StandardOutput.print("dropped, and not read: \(days.text)") }
            return
        }
        StandardOutput.print("\(subject): gaps \(dryRun ? "would be" : "are") filled from \(newDay) on")
        let plan = "dayhaul plan --tenant \(Shell.word(target.tenant)) --report \(Shell.word(target.report))"
        if !dryRun { StandardOutput.print("next: \(plan)") }
    }
}
