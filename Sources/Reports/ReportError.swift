import SQLText

/// A report that cannot be used as it is written, or a row that does not belong where it was read.
public struct ReportError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Code: String, Sendable {
        /// The query is not one statement that returns rows for a day.
        case invalidQuery
        /// The column definitions cannot be read, or do not fit the native report.
        case invalidColumns
        /// The index statements cannot be read.
        case invalidIndexes
        /// The expectations cannot be read, or do not fit the columns.
        case invalidExpectations
        /// It cannot be told which column holds the day.
        case ambiguousDay
        /// The source does not have the columns that the report declares.
        case sourceDrift
        /// A row lies outside the day that its query was asked for.
        case rowOutsideDay
        /// No such report, native or template.
        case unknownReport
        /// A dimension refers to itself in a way that cannot be joined.
        case invalidDimension
        /// A row of the source that becomes too many of the report.
        case fanOut
        /// Text that is not UTF-8, which only a SQL_ASCII source lets through.
        case invalidText
    }

    /// What is wrong.
    public let code: Code
    /// Lower case, no full stop.
    public let message: String
    /// What to do next.
    public let hint: String?

    /// An error with what to do next.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// `message; hint: …`
    public var description: String { message + (hint.map { "; hint: \($0)" } ?? "") }
}

extension ReportError {
    /// The tokens of a text that somebody wrote into a report.
    static func tokens(of text: String, else code: Code) throws(ReportError) -> [SQLToken] {
        do {
            return try SQLLexer.tokens(of: text)
        } catch {
            throw ReportError(code, "a \(error.what) in the SQL text does not end")
        }
    }
}
