public import ArgumentParser
import Ingest
public import PostgresBinary

/// Which tenants and reports.
struct SelectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A tenant, or a pattern such as 'eu_*'; repeatable. All enabled ones without it.", valueName: "name"),
        completion: .custom { _, _, _ in await Completion.tenants() })
    var tenant: [String] = []

    @Option(
        help: ArgumentHelp("A report, or a pattern; repeatable. All enabled ones without it.", valueName: "name"),
        completion: .custom { _, _, _ in await Completion.reports() })
    var report: [String] = []

    var selection: Selection { Selection(tenants: tenant, reports: report) }
}

/// Whether days that look mistyped are meant.
struct ConfirmationOptions: ParsableArguments {
    @Flag(help: "Take days that look mistyped: before 1970, or more than ten years before the first day of a report.")
    var yes = false
}

/// A range of days, both ends included.
struct RangeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("First day, as 2025-09-01.", valueName: "day"))
    var from: CalendarDate

    @Option(help: ArgumentHelp("Last day, included.", valueName: "day"))
    var to: CalendarDate

    @OptionGroup var confirmation: ConfirmationOptions

    var days: Planner.Days { .range(from, to) }
}

extension CalendarDate: ExpressibleByArgument {
    /// A day as 2025-09-01 and in no other form.
    public init?(argument: String) {
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2], let date = CalendarDate(argument), date.isFinite else { return nil }
        self = date
    }
}
