import FoundationEssentials
import Reports

/// What came of an expectation for a day, as the ledger keeps it.
struct ExpectationResult: Encodable {
    let expectation: Expectation
    let passed: Bool
    /// Rows that do not fulfil it; of `row_count`, the day's rows.
    let found: Int
    /// Of a day that does not fulfil it, for people: `not_null of store: 12 of 5,000 rows are NULL`.
    let sentence: String

    private enum CodingKeys: String, CodingKey {
        case check, columns, passed, found
        case onFailure = "on_failure"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(expectation.name, forKey: .check)
        try container.encode(expectation.columns, forKey: .columns)
        try container.encode(expectation.onFailure.rawValue, forKey: .onFailure)
        try container.encode(passed, forKey: .passed)
        try container.encode(found, forKey: .found)
    }
}

extension [ExpectationResult] {
    /// `_wh.ledger.expectations`
    var json: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    /// Those that let the day through, a sentence each.
    var warnings: [String] { filter { !$0.passed && $0.expectation.onFailure == .warn }.map(\.sentence) }

    /// Throws `expectationFailed` with all those that do not.
    func hold() throws {
        let failed = filter { !$0.passed && $0.expectation.onFailure == .fail }
        guard !failed.isEmpty else { return }
        throw WarehouseError(
            .expectationFailed, "the day is not as its report expects: " + failed.map(\.sentence).joined(separator: "; ") + ": held",
            hint: #"look at the source; "on_failure": "warn" in _wh.mv_templates.expectations publishes such a day and says so"#)
    }
}
