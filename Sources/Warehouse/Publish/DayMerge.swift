import Postgres
import SQLText

/// Makes a day's table hold the rows of a stream by writing only those that differ.
///
/// The stream goes into a temporary table, which is neither logged nor seen by anyone. Rows are compared whole and by their text, which
/// is exact for every type: 1.0 and 1.00 differ, -0 and 0 do, and types without an equality operator can be compared. Rows that are
/// there several times are numbered, so that only the surplus goes.
struct DayMerge {
    let connection: Connection
    /// The day's table, delimited and qualified.
    let table: String
    /// The report's columns, delimited, with commas between.
    let columns: String
    /// Above this share of rows that differ, everything is replaced: cheaper, and just as atomic.
    static let replaceShare = 0.5

    /// Rows deleted and inserted.
    struct Changes {
        let deleted: Int
        let inserted: Int
    }

    /// Runs inside the caller's transaction. `copy` fills the table that it is given.
    func apply(copy: (_ staging: String) async throws -> Void) async throws -> Changes {
        let staged = "pg_temp.dayhaul_staged"
        let differing = "pg_temp.dayhaul_differing"
        try await connection.query("CREATE TEMPORARY TABLE dayhaul_staged ON COMMIT DROP AS SELECT \(columns) FROM \(table) WITH NO DATA")
        try await copy(staged)
        // Sorting a day of rows by their hashes should not spill to disk.
        try await connection.query("SET LOCAL work_mem = '64MB'")
        let rows = try await connection.query(
            """
            CREATE TEMPORARY TABLE dayhaul_differing ON COMMIT DROP AS
            SELECT old.place AS old, new.place AS new
            FROM (\(numbered(table))) old FULL JOIN (\(numbered(staged))) new USING (image, copy)
            WHERE old.place IS NULL OR new.place IS NULL
            """
        ).affectedRows
        let total = try await connection.query("SELECT (SELECT count(*) FROM \(table)) + (SELECT count(*) FROM \(staged))").scalar
        if Double(rows) > Self.replaceShare * Double(total.flatMap { Int($0) } ?? 0) {
            let deleted = try await connection.query("DELETE FROM \(table)").affectedRows
            let inserted = try await connection.query("INSERT INTO \(table) (\(columns)) SELECT \(columns) FROM \(staged)").affectedRows
            return Changes(deleted: deleted, inserted: inserted)
        }
        let deleted = try await connection.query("DELETE FROM \(table) t USING \(differing) d WHERE t.ctid = d.old").affectedRows
        let inserted = try await connection.query(
            "INSERT INTO \(table) (\(columns)) SELECT \(columns) FROM \(staged) s WHERE s.ctid IN (SELECT new FROM \(differing))"
        ).affectedRows
        return Changes(deleted: deleted, inserted: inserted)
    }

    private func numbered(_ table: String) -> String {
        """
        SELECT place, image, row_number() OVER (PARTITION BY image) AS copy
        FROM (SELECT ctid AS place, md5(ROW(\(columns))::text)::uuid AS image FROM \(table)) images
        """
    }
}
