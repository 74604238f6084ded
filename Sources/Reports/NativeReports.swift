/// All native reports, by name. A new one is added here and in a folder of its own.
public enum NativeReports {
    /// In alphabetical order.
    public static var all: [any (NativeReport).Type] { [DailyStoreSummary.self, FoodLogStats.self] }

    /// The report of that name. Throws `unknownReport` naming those there are.
    public static func named(_ name: String) throws(ReportError) -> any NativeReport.Type {
        guard let report = all.first(where: { $0.name == name }) else {
            throw ReportError(
                .unknownReport, "no native report is called \(name)",
                hint: "there are \(all.map(\.name).joined(separator: ", ")); NULL runs the query")
        }
        return report
    }
}
