/// A column of a report: of its query's result, of its day tables and of its views.
public struct ReportColumn: Hashable, Sendable {
    /// As it is in the catalogue, without quotes.
    public let name: String
    /// What the warehouse stores.
    public let type: ColumnType

    /// A column of a name and type.
    public init(_ name: String, _ type: ColumnType) {
        self.name = name
        self.type = type
    }
}
