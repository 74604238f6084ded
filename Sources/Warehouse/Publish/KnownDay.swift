import Postgres

/// What the ledger says of a day that is published again.
struct KnownDay {
    let table: String
    /// Whether the table is there and its rows are in the report.
    let isAttached: Bool
    let rows: Int
    let digest: String
    let runID: String?
    let systemIdentifier: String?
    let timeline: Int?
    let replayLSN: String?

    init(_ row: QueryResult.Row) throws {
        table = try row.value("day_table")
        isAttached = try row.value("attached")
        rows = try row.value("rows")
        digest = try row.value("digest")
        runID = row["run_id"]
        systemIdentifier = row["system_identifier"]
        timeline = row["timeline"].flatMap { Int($0) }
        replayLSN = row["replay_lsn"]
    }

    /// Whether it has the same rows, as far as counts and digests can tell.
    func isSame(as load: DayLoad) -> Bool { digest == load.digest && rows == load.rows }

    /// Why a load may not replace this day: it was read later in the life of the same source. A timeline begins where the one before
    /// it was left, so that a lower one is older whatever its LSN says. Nil when it may, and when positions are not known.
    func newer(than position: SourcePosition) -> String? {
        guard let system = position.systemIdentifier, system == systemIdentifier, let ours = position.timeline, let theirs = timeline,
            let here = position.replayLSN, let there = replayLSN
        else { return nil }
        guard ours < theirs || (ours == theirs && Self.number(here) < Self.number(there)) else { return nil }
        func text(_ lsn: String, _ timeline: Int) -> String { ours == theirs ? lsn : "\(lsn) on timeline \(timeline)" }
        return
            "the warehouse has this day from a newer snapshot (\(text(there, theirs))) of the same source; this one is \(text(here, ours))"
    }

    /// `16/B374D848` as the 64-bit position that it is.
    private static func number(_ lsn: String) -> UInt64 {
        lsn.split(separator: "/").reduce(0) { $0 << 32 | (UInt64($1, radix: 16) ?? 0) }
    }
}
