import SQLText

/// A report, ready to be read from any tenant: what `_wh.mv_templates` says of it, checked as far as that can be done without a source.
public struct ReportDefinition: Sendable {
    /// `template_name`; also the name of its views.
    public let name: String
    /// For people.
    public let description: String
    /// What the tenant is asked for, unless `native` reads narrower.
    public let query: QueryTemplate
    /// The columns of its day tables and views, in order, `report_day` included where it is added.
    public let columns: [ReportColumn]
    /// Made on every day table.
    public let indexes: [IndexTemplate]
    /// Names of its columns' types that are not built in, as written and as the server writes them.
    public let ownTypes: [String]
    /// Position in `columns` of the one that says which day a row belongs to.
    public let dayColumn: Int
    /// The query has no such column: the engine adds `report_day date` at the end.
    public let addsDayColumn: Bool
    /// IANA name of the zone in which a day begins and ends.
    public let timeZone: String
    /// How many days back late rows are looked for.
    public let lateDays: Int
    /// Columns that together tell rows apart; empty when none are declared.
    public let keyColumns: [String]
    /// The share of its rows that a day may lose when it is published again, from 0 to 1.
    public let maximumShrink: Double
    /// What every day has to be like before it is published.
    public let expectations: [Expectation]
    /// The Swift code that does the work of the query, where there is one.
    public private(set) var native: AnyNativeReport?
    /// PostgreSQL takes 1,600 for a view, and the public view has `schema_name` too.
    static let maximumColumns = 1599
    /// Changes whenever days loaded before could come out otherwise.
    public let version: String

    /// What the catalogue holds for a report. Texts are as the user wrote them.
    public struct Source: Sendable {
        /// `template_name`
        public var name: String
        /// `description`
        public var description: String
        /// `query_template`
        public var query: String
        /// `column_definitions` with the types that the warehouse understood them to be.
        public var columns: [ReportColumn]
        /// Names of their types that are not built in.
        public var ownTypes: [String] = []
        /// `indexes`
        public var indexes: String
        /// `day_column`; nil lets the engine find it.
        public var dayColumn: String?
        /// `time_zone`
        public var timeZone: String
        /// `late_days`
        public var lateDays: Int
        /// `key_columns`
        public var keyColumns: [String]
        /// `max_shrink`
        public var maximumShrink: Double
        /// `expectations`, a JSON array
        public var expectations: String
        /// `native_report`; nil runs the query.
        public var nativeReport: String?
        /// Made from everything above that decides what a day's rows are.
        public var version: String

        /// A source of the five columns that a user always gives.
        public init(name: String, description: String, query: String, columns: [ReportColumn], indexes: String, version: String) {
            self.name = name
            self.description = description
            self.query = query
            self.columns = columns
            self.indexes = indexes
            self.version = version
            timeZone = "UTC"
            lateDays = 14
            keyColumns = []
            maximumShrink = 0.5
            expectations = "[]"
        }
    }

    /// Throws `ReportError` naming what has to be changed in the catalogue.
    public init(_ source: Source) throws(ReportError) {
        name = source.name
        description = source.description
        query = try QueryTemplate(parsing: source.query)
        indexes = try IndexTemplate.parse(source.indexes)
        timeZone = source.timeZone
        lateDays = source.lateDays
        keyColumns = source.keyColumns
        maximumShrink = source.maximumShrink
        version = source.version
        ownTypes = source.ownTypes
        native = if let name = source.nativeReport { try AnyNativeReport.named(name) } else { nil }
        (columns, dayColumn, addsDayColumn) = try Self.withDay(source)
        expectations = try Expectation.parse(source.expectations, columns: columns)
        for key in keyColumns where !columns.contains(where: { $0.name == key }) {
            throw ReportError(.invalidColumns, "key column \(key) is not among the columns")
        }
        if addsDayColumn, query.span == .window {
            throw ReportError(
                .ambiguousDay, "a query over a window needs a column of type date or timestamp to tell its days apart",
                hint: "return the day as a column, or use {TARGET_DATE}")
        }
        if let native { try check(against: native) }
    }

    private static func withDay(_ source: Source) throws(ReportError) -> ([ReportColumn], Int, Bool) {
        let candidates = source.columns.indices.filter { source.columns[$0].type.holdsDay }
        if let named = source.dayColumn {
            guard let index = candidates.first(where: { source.columns[$0].name == named }) else {
                throw ReportError(.ambiguousDay, "day_column \(named) is not a column of type date or timestamp")
            }
            return (source.columns, index, false)
        }
        switch candidates.count {
        case 1: return (source.columns, candidates[0], false)
        case 0:
            guard !source.columns.contains(where: { $0.name == "report_day" }) else {
                throw ReportError(.ambiguousDay, "column report_day is not of type date", hint: "declare it as date or rename it")
            }
            guard source.columns.count < maximumColumns else {
                throw ReportError(
                    .invalidColumns,
                    "\(source.columns.count) columns and report_day, which is added, are more than the "
                        + "\(maximumColumns) that a report can have",
                    hint: "take a column out, or return the day as one of them")
            }
            return (source.columns + [ReportColumn("report_day", .date)], source.columns.count, true)
        default:
            let names = candidates.map { source.columns[$0].name }.joined(separator: ", ")
            throw ReportError(.ambiguousDay, "several columns can say the day: \(names)", hint: "set day_column in _wh.mv_templates")
        }
    }

    /// Makes the report ready to read the days of a slice. `validatesText` is for sources in SQL_ASCII, which check nothing themselves.
    public func transform(for bounds: DayBounds, validatesText: Bool) -> any SliceTransform {
        native?.transform(bounds) ?? TemplateTransform(self, for: bounds, validatesText: validatesText)
    }

    /// The same report by its query.
    public var withoutNative: ReportDefinition {
        var report = self
        report.native = nil
        return report
    }

    /// The type of the column `name`, which is one of the report's.
    public func type(of name: String) -> ColumnType {
        guard let column = columns.first(where: { $0.name == name }) else { preconditionFailure("no column \(name)") }
        return column.type
    }

    private func check(against native: AnyNativeReport) throws(ReportError) {
        guard native.columns.map(\.name) == columns.map(\.name) else {
            throw ReportError(
                .invalidColumns, "column_definitions differ from those of the native report \(native.name)",
                hint: "set native_report to NULL to run the query instead, or define \(native.columns.map(\.name).joined(separator: ", "))")
        }
        for (ours, theirs) in zip(columns, native.columns) where !theirs.type.satisfies(ours.type) {
            throw ReportError(
                .invalidColumns, "column \(ours.name) is \(ours.type.name), the native report \(native.name) makes \(theirs.type.name)",
                hint: "set native_report to NULL to run the query instead")
        }
    }
}
