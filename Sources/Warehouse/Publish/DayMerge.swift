import CrashPoints
import Postgres

/// Makes a day's table hold the staged rows by writing only those that differ, inside the transaction of the comparison.
struct DayMerge {
    let comparison: DayComparison
    /// Above this share of rows that differ, everything is replaced: cheaper, and just as atomic.
    static let replaceShare = 0.5

    /// Rows deleted and inserted.
    struct Changes {
        let deleted: Int
        let inserted: Int
    }

    /// Applies the difference that the comparison has found.
    func apply(_ difference: DayDifference) async throws -> Changes {
        let connection = comparison.connection
        let (table, columns) = (comparison.table, comparison.columns)
        let (staged, differing) = (DayComparison.staged, DayComparison.differing)
        let written = difference.rowsToDelete + difference.rowsToInsert
        let replacesAll =
            comparison.buckets == nil
            && Double(written) > Self.replaceShare * Double(difference.tableRows + difference.streamRows)
        // An array of places is looked up row by row, a join with them would read the whole table.
        let gone = replacesAll ? "" : "WHERE ctid = ANY (ARRAY(SELECT old FROM \(differing) WHERE old IS NOT NULL))"
        let deleted = try await connection.query("DELETE FROM \(table) \(gone)").affectedRows
        CrashPoint.mergeDeleted.reach()
        let come = replacesAll ? "" : "WHERE s.ctid IN (SELECT new FROM \(differing))"
        let inserted = try await connection.query("INSERT INTO \(table) (\(columns)) SELECT \(columns) FROM \(staged) s \(come)")
            .affectedRows
        CrashPoint.mergeInserted.reach()
        return Changes(deleted: deleted, inserted: inserted)
    }
}
