import ArgumentParser
import Ingest

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

/// A range of days, both ends included, or none.
struct OptionalRangeOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("First day: \(DayArgument.forms).", valueName: "day"), transform: DayArgument.parse)
    var from: RequestedDay?

    @Option(parsing: .unconditional, help: ArgumentHelp("Last day, included.", valueName: "day"), transform: DayArgument.parse)
    var to: RequestedDay?

    @Option(help: ArgumentHelp("The last days, today included, in place of --from and --to.", valueName: "number"))
    var last: Int?

    func validate() throws {
        guard last == nil || from == nil && to == nil else { throw ValidationError("give --last, or --from and --to") }
        guard last.map({ (1...3660).contains($0) }) ?? true else { throw ValidationError("--last is 1 to 3660") }
        guard (from == nil) == (to == nil) else {
            throw ValidationError("--\(from == nil ? "from" : "to") is missing: give both --from and --to, or --last 7")
        }
    }

    /// Nil when no range was given.
    var days: Planner.Days? {
        if let last { return .requested(.daysAgo(last - 1), .daysAgo(0)) }
        guard let from, let to else { return nil }
        if case .date(let first) = from, case .date(let last) = to { return .range(first, last) }
        return .requested(from, to)
    }
}

/// A range of days, both ends included.
struct RangeOptions: ParsableArguments {
    @OptionGroup var given: OptionalRangeOptions
    @OptionGroup var confirmation: ConfirmationOptions

    func validate() throws {
        guard given.days != nil else { throw ValidationError("no days are given: --from 2025-09-01 --to 2025-09-30, or --last 7") }
    }

    /// The parser has seen to it that a range was given.
    var days: Planner.Days { given.days ?? .requested(.daysAgo(0), .daysAgo(0)) }
}
