import ArgumentParser
import FoundationEssentials
import Warehouse

/// What can be given of a report, to add it or to change it.
struct ReportOptions: ParsableArguments {
    // A comment at the beginning of SQL text is no option.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The query: one SELECT with {TARGET_DATE}, or {WINDOW_START} and {WINDOW_END}.", valueName: "sql"))
    var query: String?

    @Option(help: ArgumentHelp("Columns of the query's result: name type, name type, …", valueName: "columns"))
    var columns: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "CREATE INDEX statements with {SCHEMA} and {VIEW_NAME}, separated by semicolons; '' for none.",
            valueName: "sql"))
    var indexes: String?

    @Option(help: ArgumentHelp("A text for people.", valueName: "text"))
    var description: String?

    @Option(
        help: ArgumentHelp("The column that says which day a row belongs to; '' lets it be found.", valueName: "column")
    )
    var dayColumn: String?

    @Option(help: ArgumentHelp("Where a day begins at 00:00, as America/Chicago; UTC by default.", valueName: "zone"))
    var timeZone: String?

    @Option(
        help: ArgumentHelp(
            "Days back that the nightly run reads again for late rows; 14 by default.", valueName: "days"))
    var lateDays: Int?

    @Option(
        help: ArgumentHelp(
            "Columns that together tell rows apart, with commas between; '' for none.", valueName: "columns"))
    var key: String?

    @Option(
        help: ArgumentHelp(
            "The share of its rows that a day may lose; 0.5 by default, 1 turns it off.", valueName: "share"))
    var maxShrink: Double?

    @Option(help: ArgumentHelp("What every day has to be like, a JSON array; '[]' for nothing.", valueName: "json"))
    var expectations: String?

    @Option(help: ArgumentHelp("The native report that does the query's work; '' runs the query.", valueName: "name"))
    var native: String?

    /// Whether nothing is given.
    var isEmpty: Bool {
        [query, columns, indexes, description, dayColumn, timeZone, key, expectations, native].allSatisfy { $0 == nil }
            && lateDays == nil
            && maxShrink == nil
    }

    /// The report as it is given; `file` holds the query where one is named.
    func draft(_ name: String, queryFrom file: String?) throws -> ReportDraft {
        var draft = ReportDraft(name)
        draft.query = try file.map(Self.text(of:)) ?? query
        draft.columns = columns
        draft.indexes = indexes
        draft.description = description
        draft.dayColumn = dayColumn
        draft.timeZone = timeZone
        draft.lateDays = lateDays
        draft.keyColumns = key.map { $0.split(separator: ",").map { $0.trimmingBlanks } }
        draft.maximumShrink = maxShrink
        draft.expectations = expectations
        draft.nativeReport = native
        return draft
    }

    private static func text(of file: String) throws -> String {
        let path = file == "-" ? "/dev/stdin" : file
        guard let bytes = try? Data(contentsOf: URL(filePath: path)),
            let text = String(validating: bytes, as: UTF8.self)
        else {
            throw SettingsError(
                message: "\(file) cannot be read as text", hint: "name a file with the report's SELECT, in UTF-8")
        }
        return text
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
