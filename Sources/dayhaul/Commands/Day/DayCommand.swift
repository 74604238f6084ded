import ArgumentParser
import Ingest
import PostgresBinary
import Warehouse

struct DayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "day",
        abstract: "Says which days of a tenant's report are read: since when, and which are dropped for good.",
        discussion: """
            The nightly run fills gaps from a report's first day on, which the first range that is loaded sets. Days that are dropped are \
            removed, and no run reads them again until they are restored.

              dayhaul day first tenant_a foodlogstats
              dayhaul day first tenant_a foodlogstats 2024-01-01
              dayhaul day drop tenant_a foodlogstats \\
                      --from 2025-09-01 --to 2025-09-03
            """,
        subcommands: [DayFirst.self, DayDrop.self, DayRestore.self])
}

/// Whose report the commands are about.
struct DayArguments: ParsableArguments {
    @Argument(help: "The tenant's name.", completion: .custom { _, _, _ in await Completion.tenants() })
    var tenant: String

    @Argument(help: "The report's name.", completion: .custom { _, _, _ in await Completion.reports() })
    var report: String
}

/// The days that the commands are about, both ends included.
struct DaySpan: ParsableArguments {
    @OptionGroup var given: OptionalRangeOptions

    func validate() throws {
        guard given.days != nil else {
            throw ValidationError("no days are given: --from 2025-09-01 --to 2025-09-30, or --last 7")
        }
    }

    /// The days, where it is `today` in the report's time zone. Throws for a range that ends before it begins.
    func days(today: CalendarDate) throws -> ClosedRange<CalendarDate> {
        guard case .range(let first, let last)? = given.days?.resolved(today: today), first <= last else {
            throw ValidationError("--from is after --to: both days are included")
        }
        return first...last
    }
}

/// Days as `--json` prints them.
struct SpanDocument: Encodable {
    let from: String
    let to: String

    init(_ days: ClosedRange<CalendarDate>) {
        from = days.lowerBound.description
        to = days.upperBound.description
    }
}

extension ClosedRange<CalendarDate> {
    /// `2025-09-01`, or `2025-09-01 … 2025-09-03`.
    var text: String { lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound) … \(upperBound)" }
}
