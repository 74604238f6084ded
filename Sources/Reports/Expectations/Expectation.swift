/// What a report's author states about every day of it, to be checked before the day is published.
public struct Expectation: Hashable, Sendable {
    /// What is checked.
    public let check: Check
    /// What happens to a day that does not fulfil it.
    public let onFailure: Consequence

    /// An expectation.
    public init(_ check: Check, onFailure: Consequence = .fail) {
        self.check = check
        self.onFailure = onFailure
    }

    /// What can be checked. Columns are named as in the catalogue.
    public enum Check: Hashable, Sendable {
        /// No row is NULL there.
        case notNull(column: String)
        /// No two rows have the same values there. As in a unique index, a row with a NULL among them is like no other.
        case unique(columns: [String])
        /// No value is less or greater, as the column's type compares; NULL is neither. Bounds are the text of constants of that type.
        case range(column: String, minimum: String?, maximum: String?)
        /// The day has no fewer and no more rows than these shares of the median of the same weekday in the weeks before.
        case rowCount(minimumRatio: Double?, maximumRatio: Double?, weeks: Int)
    }

    /// `on_failure`
    public enum Consequence: String, Hashable, Sendable {
        /// The day is held; the old one stays.
        case fail
        /// The day is published, and its ledger row says so.
        case warn
    }

    /// As `check` names it: `not_null`, `unique`, `range`, `row_count`.
    public var name: String {
        switch check {
        case .notNull: "not_null"
        case .unique: "unique"
        case .range: "range"
        case .rowCount: "row_count"
        }
    }

    /// The columns that it is about; none for `row_count`.
    public var columns: [String] {
        switch check {
        case .notNull(let column), .range(let column, _, _): [column]
        case .unique(let columns): columns
        case .rowCount: []
        }
    }
}
