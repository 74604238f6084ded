import CrashPoints
import Postgres
import Reports
import SQLText
import Stages

/// A day that is there already.
extension DayPublisher {
    func update(_ known: KnownDay, with load: DayLoad, _ content: Content) async throws -> PublishResult {
        let isSame = known.isSame(as: load)
        let hasToMerge = !isSame || load.distrustsLedger
        if hasToMerge, let part = load.part, part.replaced != known.digest { throw changedMeanwhile }
        if !isSame, !load.acceptsShrink {
            try ShrinkGuard(allowedShare: target.report.maximumShrink).check(from: known.rows, to: load.rows)
        }
        let merged = hasToMerge ? try await merge(load, into: known, content) : nil
        // A day that had no rows yet when it was read before may be over by now.
        let isFinalNow = known.isProvisional && !load.isProvisional
        let ended = merged == nil && isFinalNow && load.rows == 0 ? try await endedEmpty(load, known) : nil
        try await record(load, table: known.table, changed: merged != nil, merged?.expectations ?? ended)
        try await recordBuckets(load, known: known)
        guard let merged else {
            // The same run sees its own commit when the answer to the first one was lost.
            return PublishResult(outcome: known.runID == String(load.runID) ? .loaded : .unchanged, warnings: ended?.warnings ?? [])
        }
        return PublishResult(
            outcome: .merged, inserted: merged.changes.inserted, deleted: merged.changes.deleted, warnings: merged.expectations.warnings)
    }

    /// What comes of the expectations for a day that ended without rows; nil where it is as expected.
    private func endedEmpty(_ load: DayLoad, _ known: KnownDay) async throws -> [ExpectationResult]? {
        let check = ExpectationCheck(target: target, load: load, connection: connection)
        guard try await check.emptyDay() != nil else { return nil }
        return try await check.run(on: SQL.identifier(target.schema, known.table))
    }

    /// The rows written and taken, and what came of the expectations; nil when the table had the day's rows already.
    private func merge(
        _ load: DayLoad, into known: KnownDay, _ content: Content
    ) async throws -> (changes: DayMerge.Changes, expectations: [ExpectationResult])? {
        let name = SQL.identifier(target.schema, known.table)
        // Rows are found by their places, which a writer beside this one would change. Readers pass.
        try await connection.query("LOCK TABLE ONLY \(name) IN SHARE ROW EXCLUSIVE MODE")
        let comparison = DayComparison(
            of: target.report, schema: target.schema, table: known.table, in: load.part?.buckets, connection)
        try check(copied: try await connection.inWarehouse(.load) { try await comparison.stage(content) }, of: load)
        CrashPoint.mergeStaged.reach()
        // The table may be older than a unique index that would do the same.
        try await KeyCheck(report: target.report, connection: connection).run(on: DayComparison.staged)
        let difference = try await comparison.difference(keysAreChecked: true)
        if load.part != nil { try check(difference, from: known, to: load) }
        guard !difference.isEmpty else { return nil }
        let expectations = try await expectations(of: load, in: DayComparison.staged)
        let changes = try await DayMerge(comparison: comparison).apply(difference)
        try await DayStatistics(connection: connection).refresh(
            for: name, changed: changes.deleted + changes.inserted, of: load.part == nil ? difference.tableRows : known.rows)
        return (changes, expectations)
    }

    /// A part that is right makes the whole right, unless somebody has changed the table.
    private func check(_ difference: DayDifference, from known: KnownDay, to load: DayLoad) throws {
        let rows = known.rows - difference.rowsToDelete + difference.rowsToInsert
        guard rows == load.rows else {
            throw WarehouseError(
                .rowCountMismatch,
                "the day would have \(counted(rows, "row")) of \(load.rows.grouped): its table is not as it was published",
                hint: "run the same command again: it compares the whole day")
        }
    }
}
