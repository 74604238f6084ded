import Postgres
import PostgresBinary
import Reports
import SQLText

/// Checks a report's expectations on the rows that are about to be published.
struct ExpectationCheck {
    let target: ReportTarget
    let load: DayLoad
    let connection: Connection

    /// Weeks that a day without rows is compared with, where the report does not expect a number of rows.
    private static let usualWeeks = 4

    /// The results in the order of the report's expectations, and what `emptyDay` finds. `table`, a delimited name, holds the day's rows. One scan does for all
    /// `not_null` and `range`; each `unique` takes one more.
    func run(on table: String) async throws -> [ExpectationResult] {
        let expectations = target.report.expectations
        let empty = try await emptyDay()
        guard !expectations.isEmpty else { return [empty].compactMap(\.self) }
        let counts = try await counts(in: table)
        var results: [ExpectationResult] = []
        for (index, expectation) in expectations.enumerated() {
            switch expectation.check {
            case .notNull, .range:
                // A count that is missing would be a check that passes unseen.
                results.append(result(expectation, found: try counts?.value("found_\(index)") ?? load.rows))
            case .unique(let columns):
                results.append(result(expectation, found: try await repeats(of: columns, in: table)))
            case .rowCount(let minimum, let maximum, let weeks):
                results.append(try await rowCount(expectation, minimum, maximum, weeks))
            }
        }
        return results + [empty].compactMap(\.self)
    }

    /// A warning about a day that is over and has no rows, where the same weekday of the last weeks usually had some; nil without one.
    /// Needs no setting: `row_count` takes its place. Takes one look at the ledger, and that for days without rows only.
    func emptyDay() async throws -> ExpectationResult? {
        let isStated = target.report.expectations.contains { if case .rowCount = $0.check { true } else { false } }
        guard load.rows == 0, !load.isProvisional, !isStated else { return nil }
        guard let median = try await median(weeks: Self.usualWeeks), median > 0 else { return nil }
        return ExpectationResult(
            expectation: Expectation(.rowCount(minimumRatio: nil, maximumRatio: nil, weeks: Self.usualWeeks), onFailure: .warn),
            passed: false, found: 0,
            sentence:
                "no rows: the same weekday had \(Int(median.rounded()).grouped) in the last \(counted(Self.usualWeeks, "week")) (median)")
    }

    /// How many rows do not fulfil each expectation about single rows, as `found_<place of the expectation>`; nil without such expectations.
    private func counts(in table: String) async throws -> QueryResult.Row? {
        let counts = target.report.expectations.enumerated().compactMap { index, expectation in
            condition(expectation.check).map { "count(*) FILTER (WHERE \($0)) AS found_\(index)" }
        }
        guard !counts.isEmpty else { return nil }
        return try await connection.query("SELECT \(counts.joined(separator: ", ")) FROM \(table) r").rows.first
    }

    /// What is true of a row that does not fulfil a check; nil for checks about more than one row.
    private func condition(_ check: Expectation.Check) -> String? {
        switch check {
        case .notNull(let column):
            return "\(SQL.identifier("r", column)) IS NULL"
        case .range(let column, let minimum, let maximum):
            // Constants without a type take the column's, without its length or precision, which would cut them.
            let name = SQL.identifier("r", column)
            let type = target.report.type(of: column)
            let low = minimum.map { "\(name) \(type.comparison("<")) \(SQL.literal($0))" }
            let high = maximum.map { "\(name) \(type.comparison(">")) \(SQL.literal($0))" }
            return [low, high].compactMap(\.self).joined(separator: " OR ")
        case .unique, .rowCount:
            return nil
        }
    }

    /// Rows whose values another row before them has.
    private func repeats(of columns: [String], in table: String) async throws -> Int {
        let columns = columns.map { SQL.identifier("r", $0) }
        let repeated = try await connection.query(
            """
            SELECT coalesce(sum(copies - 1), 0)::bigint AS found FROM (
                SELECT count(*) AS copies FROM \(table) r WHERE \(columns.map { "\($0) IS NOT NULL" }.joined(separator: " AND "))
                GROUP BY \(columns.joined(separator: ", ")) HAVING count(*) > 1
            ) repeated
            """
        ).rows.first
        return try repeated?.value("found") ?? load.rows
    }

    /// A day that is not over has fewer rows than those before it: only what is over its maximum counts.
    private func rowCount(
        _ expectation: Expectation, _ minimum: Double?, _ maximum: Double?, _ weeks: Int
    ) async throws -> ExpectationResult {
        let median = try await median(weeks: weeks)
        guard let median else { return ExpectationResult(expectation: expectation, passed: true, found: load.rows, sentence: "") }
        let rows = Double(load.rows)
        let isLow = !load.isProvisional && minimum.map { rows < $0 * median } ?? false
        let isHigh = maximum.map { rows > $0 * median } ?? false
        let bound = isLow ? "less than \(plain(minimum ?? 0))" : "more than \(plain(maximum ?? 0))"
        return ExpectationResult(
            expectation: expectation, passed: !isLow && !isHigh, found: load.rows,
            sentence:
                "row_count: \(counted(load.rows, "row")) are \(bound) times \(Int(median.rounded()).grouped), the median of the same weekday in \(counted(weeks, "week"))"
        )
    }

    /// Of the rows of the same weekday in the weeks before, as far as those days are final; nil where there is none.
    private func median(weeks: Int) async throws -> Double? {
        try await connection.query(
            """
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY rows) FROM _wh.ledger
            WHERE schema_name = $1 AND template_name = $2 AND NOT provisional
                AND day IN (SELECT $3::date - 7 * week FROM generate_series(1, $4::integer) week)
            """, [target.schema, target.report.name, load.day.description, String(weeks)]
        ).scalar.flatMap { Double($0) }
    }

    /// 2 and not 2.0.
    private func plain(_ ratio: Double) -> String { Int(exactly: ratio).map { String($0) } ?? String(ratio) }

    private func result(_ expectation: Expectation, found: Int) -> ExpectationResult {
        let what =
            switch expectation.check {
            case .notNull: "NULL"
            case .unique: "like another"
            case .range(_, let minimum?, let maximum?): "outside \(minimum) to \(maximum)"
            case .range(_, let minimum?, nil): "less than \(minimum)"
            case .range(_, nil, let maximum): "greater than \(maximum ?? "")"
            case .rowCount: ""
            }
        let verb = found == 1 ? "is" : "are"
        return ExpectationResult(
            expectation: expectation, passed: found == 0, found: found,
            sentence:
                "\(expectation.name) of \(expectation.columns.joined(separator: ", ")): \(found.grouped) of \(counted(load.rows, "row")) \(verb) \(what)"
        )
    }
}
