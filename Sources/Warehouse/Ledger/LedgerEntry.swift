public import PostgresBinary
public import Reports

/// What the warehouse knows of a day that it holds.
public struct LedgerEntry: Sendable, Equatable {
    /// The day.
    public let day: CalendarDate
    /// The table that holds it.
    public let table: String
    /// Its rows.
    public let rows: Int
    /// Of its rows, in any order.
    public let digest: String
    /// Of the report that it was read with.
    public let reportVersion: String
    /// The replica had not replayed past the day's end.
    public let isProvisional: Bool
    /// Where the snapshot was taken that it was read from.
    public let position: SourcePosition
    /// When its rows last changed, as PostgreSQL prints it.
    public let loadedAt: String

    /// The digest, where the day was read with the report as it is now.
    public func digest(of report: ReportDefinition) -> String? { reportVersion == report.version ? digest : nil }
}
