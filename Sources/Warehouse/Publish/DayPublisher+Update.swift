import CrashPoints
import Postgres
import Reports
import SQLText

/// A day that is there already.
extension DayPublisher {
    func update(_ known: KnownDay, with load: DayLoad, _ content: Content) async throws -> PublishResult {
        let isSame = known.isSame(as: load)
        if !isSame, !load.acceptsShrink {
            try ShrinkGuard(allowedShare: target.report.maximumShrink).check(from: known.rows, to: load.rows)
        }
        let merged = !isSame || load.distrustsLedger ? try await merge(load, into: known.table, content) : nil
        try await record(load, table: known.table, changed: merged != nil, merged?.expectations)
        guard let merged else {
            // The same run sees its own commit when the answer to the first one was lost.
            return PublishResult(outcome: known.runID == String(load.runID) ? .loaded : .unchanged)
        }
        return PublishResult(
            outcome: .merged, inserted: merged.changes.inserted, deleted: merged.changes.deleted, warnings: merged.expectations.warnings)
    }

    /// The rows written and taken, and what came of the expectations; nil when the table had the day's rows already.
    private func merge(
        _ load: DayLoad, into table: String, _ content: Content
    ) async throws -> (changes: DayMerge.Changes, expectations: [ExpectationResult])? {
        let name = SQL.identifier(target.schema, table)
        // Rows are found by their places, which a writer beside this one would change. Readers pass.
        try await connection.query("LOCK TABLE ONLY \(name) IN SHARE ROW EXCLUSIVE MODE")
        let comparison = DayComparison(of: target.report, schema: target.schema, table: table, connection)
        try check(copied: try await comparison.stage(content), of: load)
        CrashPoint.mergeStaged.reach()
        // The table may be older than a unique index that would do the same.
        try await KeyCheck(report: target.report, connection: connection).run(on: DayComparison.staged)
        let difference = try await comparison.difference(keysAreChecked: true)
        guard !difference.isEmpty else { return nil }
        let expectations = try await expectations(of: load, in: DayComparison.staged)
        let changes = try await DayMerge(comparison: comparison).apply(difference)
        try await DayStatistics(connection: connection).refresh(
            for: name, changed: changes.deleted + changes.inserted, of: difference.tableRows)
        return (changes, expectations)
    }
}
