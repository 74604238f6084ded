import Reports
import SQLText

extension ReportDefinition {
    /// All columns in order, delimited, with commas between.
    var columnList: String { SQL.identifiers(columns.map(\.name)) }

    /// The column by which rows of a day fall into buckets; nil where they do not.
    var bucketKey: String? { bucketField.map { columns[$0].name } }
}

extension SQL {
    /// Names, delimited, with commas between.
    static func identifiers(_ names: [String]) -> String { names.map { identifier($0) }.joined(separator: ", ") }
}
