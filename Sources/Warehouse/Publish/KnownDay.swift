import Postgres

/// What the ledger says of a day that is published again.
struct KnownDay {
    let table: String
    /// Whether the table is there and its rows are in the report.
    let isAttached: Bool
    let rows: Int
    let digest: String
    let runID: String?
    let reportVersion: String
    let isProvisional: Bool
    /// Of the rows that its buckets are known of; nil where none are.
    let bucketsDigest: String?
    /// Whether its buckets are worth keeping.
    let isRecent: Bool
    /// Where its snapshot was taken.
    let position: SourcePosition

    init(_ row: QueryResult.Row) throws {
        table = try row.value("day_table")
        isAttached = try row.value("attached")
        rows = try row.value("rows")
        digest = try row.value("digest")
        runID = row["run_id"]
        reportVersion = try row.value("template_version")
        isProvisional = try row.value("provisional")
        bucketsDigest = row["buckets_digest"]
        isRecent = try row.value("recent")
        position = SourcePosition(row)
    }

    /// Whether it has the same rows, as far as counts and digests can tell.
    func isSame(as load: DayLoad) -> Bool { digest == load.digest && rows == load.rows }

    /// Why a load may not replace this day: it was read later in the life of the same source. Nil when it may, and when positions are not
    /// known.
    func newer(than other: SourcePosition) -> String? {
        guard other.isBehind(position) else { return nil }
        func text(_ position: SourcePosition) -> String {
            let lsn = position.replayLSN ?? ""
            return self.position.timeline == other.timeline ? lsn : "\(lsn) on timeline \(position.timeline ?? 0)"
        }
        return "the warehouse has this day from a newer snapshot (\(text(position))) of the same source; this one is \(text(other))"
    }
}
