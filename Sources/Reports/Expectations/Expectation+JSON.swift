import FoundationEssentials

extension Expectation {
    /// Reads `_wh.mv_templates.expectations`, a JSON array of objects:
    ///
    ///     {"check": "not_null", "column": "id"}
    ///     {"check": "unique", "columns": ["id", "store"]}
    ///     {"check": "range", "column": "weight", "min": 0, "max": "99.5", "on_failure": "warn"}
    ///     {"check": "row_count", "min_ratio": 0.5, "max_ratio": 2, "weeks": 4}
    ///
    /// Throws `invalidExpectations` for anything that is not exactly that, and for columns that are not among `columns`.
    public static func parse(_ text: String, columns: [ReportColumn]) throws(ReportError) -> [Expectation] {
        guard let document = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)), case .array(let entries) = document else {
            throw ReportError(
                .invalidExpectations, "expectations are not a JSON array", hint: #"[{"check": "not_null", "column": "id"}, …]"#)
        }
        var expectations: [Expectation] = []
        for (index, entry) in entries.enumerated() {
            guard case .object(let fields) = entry else {
                throw ReportError(.invalidExpectations, "expectation \(index + 1) is \(entry.kind), not an object")
            }
            var reader = ExpectationReader(number: index + 1, fields: fields, columns: Set(columns.map(\.name)))
            expectations.append(try reader.read())
        }
        return expectations
    }
}

/// Takes the fields of one expectation, so that those that nobody asked for are left over.
private struct ExpectationReader {
    let number: Int
    var fields: [String: JSONValue]
    let columns: Set<String>

    mutating func read() throws(ReportError) -> Expectation {
        let name = try text("check")
        let consequence = fields["on_failure"] == nil ? "fail" : try text("on_failure")
        guard let onFailure = Expectation.Consequence(rawValue: consequence) else {
            throw wrong("on_failure is \(consequence.prefix(40)), not fail or warn")
        }
        let check = try check(name)
        if let left = fields.keys.min() { throw wrong("\(name) has no \(left.prefix(40))") }
        return Expectation(check, onFailure: onFailure)
    }

    private mutating func check(_ name: String) throws(ReportError) -> Expectation.Check {
        switch name {
        case "not_null":
            return .notNull(column: try known(text("column")))
        case "unique":
            guard case .array(let values)? = fields.removeValue(forKey: "columns"), !values.isEmpty else {
                throw wrong("columns is not an array of column names")
            }
            var names: [String] = []
            for value in values {
                guard case .string(let name) = value else { throw wrong("columns holds \(value.kind), not a column name") }
                guard !names.contains(name) else { throw wrong("columns names \(name) twice") }
                names.append(try known(name))
            }
            return .unique(columns: names)
        case "range":
            let column = try known(text("column"))
            let (minimum, maximum) = (try constant("min"), try constant("max"))
            guard minimum != nil || maximum != nil else { throw wrong("range has neither min nor max") }
            return .range(column: column, minimum: minimum, maximum: maximum)
        case "row_count":
            let (minimum, maximum) = (try ratio("min_ratio"), try ratio("max_ratio"))
            guard minimum != nil || maximum != nil else { throw wrong("row_count has neither min_ratio nor max_ratio") }
            if let minimum, let maximum, minimum > maximum { throw wrong("min_ratio is greater than max_ratio") }
            return .rowCount(minimumRatio: minimum, maximumRatio: maximum, weeks: try weeks())
        default:
            throw wrong("there is no check \(name.prefix(40))", hint: "not_null, unique, range, row_count")
        }
    }

    private mutating func text(_ key: String) throws(ReportError) -> String {
        guard let value = fields.removeValue(forKey: key) else { throw wrong("\(key) is missing") }
        guard case .string(let text) = value else { throw wrong("\(key) is \(value.kind), not a string") }
        return text
    }

    private func known(_ column: String) throws(ReportError) -> String {
        guard columns.contains(column) else { throw wrong("there is no column \(column.prefix(63))") }
        return column
    }

    private mutating func constant(_ key: String) throws(ReportError) -> String? {
        switch fields.removeValue(forKey: key) {
        case nil: return nil
        case .number(let text), .string(let text): return text
        case let value?: throw wrong("\(key) is \(value.kind), not a number or a string")
        }
    }

    private mutating func ratio(_ key: String) throws(ReportError) -> Double? {
        switch fields.removeValue(forKey: key) {
        case nil: return nil
        case .number(let text):
            guard let ratio = Double(text), ratio.isFinite, ratio >= 0 else { throw wrong("\(key) is less than 0") }
            return ratio
        case let value?: throw wrong("\(key) is \(value.kind), not a number")
        }
    }

    private mutating func weeks() throws(ReportError) -> Int {
        switch fields.removeValue(forKey: "weeks") {
        case nil: return 4
        case .number(let text):
            guard let weeks = Int(text), (1...520).contains(weeks) else { throw wrong("weeks is not a whole number from 1 to 520") }
            return weeks
        case let value?: throw wrong("weeks is \(value.kind), not a number")
        }
    }

    private func wrong(_ what: String, hint: String? = nil) -> ReportError {
        ReportError(.invalidExpectations, "expectation \(number): \(what)", hint: hint)
    }
}
