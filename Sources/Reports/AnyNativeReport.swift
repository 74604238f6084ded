/// A native report, its type erased.
public struct AnyNativeReport: Sendable {
    /// What `mv_templates.native_report` calls it.
    public let name: String
    /// Raised when the same source rows come out otherwise.
    public let version: Int
    /// Of the warehouse row.
    public let columns: [ReportColumn]
    /// Makes it ready to read the days of a slice.
    let transform: @Sendable (DayBounds) -> any SliceTransform

    /// Erases a report's type.
    public init<Report: NativeReport & ~Copyable>(_ report: Report.Type) {
        name = Report.name
        version = Report.version
        columns = Report.columns
        transform = { NativeTransform<Report>(for: $0) }
    }

    /// All there are, in alphabetical order. A new one is added here and in a folder of its own.
    public static let all = [AnyNativeReport(DailyStoreSummary.self), AnyNativeReport(FoodLogStats.self)]

    /// The report of that name. Throws `unknownReport` naming those there are.
    public static func named(_ name: String) throws(ReportError) -> AnyNativeReport {
        guard let report = all.first(where: { $0.name == name }) else {
            throw ReportError(
                .unknownReport, "no native report is called \(name)",
                hint: "there are \(all.map(\.name).joined(separator: ", ")); NULL runs the query")
        }
        return report
    }
}
