import CrashPoints
public import Postgres
import PostgresBinary
import Reports
import SQLText

/// Publishes one day in one transaction together with its ledger row: the old day or the new one, never half.
///
/// A new day is built aside and attached, which locks the parent no more than SHARE UPDATE EXCLUSIVE (PostgreSQL manual, "ALTER TABLE …
/// ATTACH PARTITION"): readers go on. Of a day that changed only the rows that differ are written: readers see the old rows until the commit.
public struct DayPublisher {
    private let connection: Connection
    private let target: ReportTarget

    /// A publisher of a report's days over one session.
    public init(_ target: ReportTarget, _ connection: Connection) {
        self.target = target
        self.connection = connection
    }

    /// Publishes a day; `content` puts its COPY BINARY stream and is called only when rows have to be written.
    ///
    /// Throws a `PostgresError` with its `duplicateKey` for rows that break a unique index, `nameTaken` where a table of the day's name is
    /// not the engine's, and `rowCountMismatch`; in each case the old day stays.
    public func publish(_ load: DayLoad, content: (borrowing CopyInStream) async throws -> Void) async throws -> PublishOutcome {
        try await connection.transaction {
            try await connection.query("SET LOCAL lock_timeout = '2s'")
            guard try await lock(load.day) else { return .skipped }
            guard let known = try await ledgerRow(load.day) else {
                try await buildAside(load, content)
                return .loaded
            }
            return try await update(known, with: load, content)
        }
    }

    /// False when another session is publishing the same day; it holds the lock until its transaction ends.
    private func lock(_ day: CalendarDate) async throws -> Bool {
        try await connection.query(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(jsonb_build_array('dayhaul.day', $1::text, $2::text, $3::date)::text, 0))",
            [target.schema, target.report.name, day.description]
        ).scalar == "t"
    }

    private func ledgerRow(_ day: CalendarDate) async throws -> QueryResult.Row? {
        try await connection.query(
            """
            SELECT day_table, digest, rows, run_id, template_version, system_identifier, timeline, replay_lsn,
                to_regclass(format('%I.%I', schema_name, day_table)) IS NOT NULL AS exists
            FROM _wh.ledger WHERE schema_name = $1 AND template_name = $2 AND day = $3 FOR UPDATE
            """, [target.schema, target.report.name, day.description]
        ).rows.first
    }

    private func update(
        _ known: QueryResult.Row, with load: DayLoad, _ content: (borrowing CopyInStream) async throws -> Void
    ) async throws -> PublishOutcome {
        guard try known.value("exists", as: Bool.self) else {
            // Somebody dropped the table: the ledger row is about nothing, and the day is new.
            try await connection.query(
                "DELETE FROM _wh.ledger WHERE schema_name = $1 AND template_name = $2 AND day = $3",
                [target.schema, target.report.name, load.day.description])
            try await buildAside(load, content)
            return .loaded
        }
        if try await isOlder(load, than: known) { return .skipped }
        let table: String = try known.value("day_table")
        let isSame = known["digest"] == load.digest && known["rows"] == String(load.rows)
        var isChanged = !isSame
        if !isSame || load.distrustsLedger {
            isChanged = try await merge(load, into: table, content)
        }
        try await record(load, table: table, changed: isChanged)
        if isChanged { return .merged }
        // The same run sees its own commit when the answer to the first one was lost.
        return known["run_id"] == String(load.runID) ? .loaded : .unchanged
    }

    /// Whether rows of the day's table had to be written.
    private func merge(
        _ load: DayLoad, into table: String, _ content: (borrowing CopyInStream) async throws -> Void
    ) async throws -> Bool {
        let name = SQL.identifier(target.schema, table)
        // Rows are found by their places, which a writer beside this one would change. Readers pass.
        try await connection.query("LOCK TABLE ONLY \(name) IN SHARE ROW EXCLUSIVE MODE")
        let comparison = DayComparison(of: target.report, schema: target.schema, table: table, connection)
        try check(copied: try await comparison.stage(content), of: load)
        CrashPoint.mergeStaged.reach()
        let difference = try await comparison.difference()
        guard !difference.isEmpty else { return false }
        _ = try await DayMerge(comparison: comparison).apply(difference)
        try await connection.query("ANALYZE \(name)")
        return true
    }

    /// Whether the day in the warehouse was read later in the life of the same source.
    private func isOlder(_ load: DayLoad, than known: QueryResult.Row) async throws -> Bool {
        guard let system = load.position.systemIdentifier, system == known["system_identifier"],
            let timeline = load.position.timeline, String(timeline) == known["timeline"],
            let position = load.position.replayLSN, let before = known["replay_lsn"]
        else { return false }
        return try await connection.query("SELECT $1::pg_lsn < $2::pg_lsn", [position, before]).scalar == "t"
    }

    /// Makes the day's table, fills, indexes and analyses it, and attaches it last: the parent is locked for as short as can be.
    private func buildAside(_ load: DayLoad, _ content: (borrowing CopyInStream) async throws -> Void) async throws {
        let table =
            try await connection.query("SELECT _wh.create_mv_name($1, $2)", [target.report.name, load.day.description]).scalar ?? ""
        guard try await connection.query("SELECT _wh.does_mv_exist($1, $2)", [target.schema, table]).scalar == "f" else {
            throw WarehouseError(
                .nameTaken, "\(target.schema).\(table) exists and was not made by dayhaul: it is left alone", hint: "rename or drop it")
        }
        let name = SQL.identifier(target.schema, table)
        let parent = SQL.identifier(target.schema, target.daysTable)
        let dayColumn = target.report.columns[target.report.dayColumn]
        let day = SQL.identifier(dayColumn.name)
        let bounds = load.bounds(for: dayColumn.type)
        let (first, end) = (SQL.literal(bounds.first), SQL.literal(bounds.end))
        // The CHECK says what the partition bound will say, which spares ATTACH the scan.
        try await connection.query(
            """
            CREATE TABLE \(name) (LIKE \(parent),
                CONSTRAINT day_bounds CHECK (\(day) IS NOT NULL AND \(day) >= \(first) AND \(day) < \(end)))
            """)
        // Rows of a table made in the same transaction can be written frozen: no later pass rewrites them.
        let copied = try await connection.copyIn("COPY \(name) (\(target.report.columnList)) FROM STDIN (FORMAT binary, FREEZE)", content)
        try check(copied: copied, of: load)
        for index in target.report.indexes {
            try await connection.query(index.statement(schema: target.schema, table: table, day: load.day.description))
        }
        try await connection.query("ANALYZE \(name)")
        try await connection.query("GRANT SELECT ON \(name) TO \(try await ReportTarget.readers(connection))")
        try await record(load, table: table, changed: true)
        try await connection.query("ALTER TABLE \(parent) ATTACH PARTITION \(name) FOR VALUES FROM (\(first)) TO (\(end))")
    }

    private func check(copied: Int, of load: DayLoad) throws {
        guard copied == load.rows else {
            throw WarehouseError(.rowCountMismatch, "\(load.rows) rows were read and \(copied) copied")
        }
    }

    private func record(_ load: DayLoad, table: String, changed: Bool) async throws {
        try await connection.query(
            """
            INSERT INTO _wh.ledger AS l (schema_name, template_name, day, tenant_name, day_table, rows, bytes, digest, template_version,
                system_identifier, timeline, replay_lsn, replay_time, provisional, run_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            ON CONFLICT (schema_name, template_name, day) DO UPDATE SET
                rows = excluded.rows, bytes = excluded.bytes, digest = excluded.digest, template_version = excluded.template_version,
                system_identifier = excluded.system_identifier, timeline = excluded.timeline, replay_lsn = excluded.replay_lsn,
                replay_time = excluded.replay_time, provisional = excluded.provisional, run_id = excluded.run_id,
                checked_at = clock_timestamp(), loaded_at = CASE WHEN $16 THEN clock_timestamp() ELSE l.loaded_at END
            """,
            [
                target.schema, target.report.name, load.day.description, target.tenant, table, String(load.rows), String(load.bytes),
                load.digest, target.report.version, load.position.systemIdentifier, load.position.timeline.map { String($0) },
                load.position.replayLSN, load.position.replayTime, String(load.isProvisional), String(load.runID), String(changed),
            ])
    }
}
