import CrashPoints
public import Postgres
import PostgresBinary
import Reports
import SQLText
import Stages

/// Publishes one day in one transaction together with its ledger row: the old day or the new one, never half.
///
/// A new day is built aside and attached, which locks the parent no more than SHARE UPDATE EXCLUSIVE (PostgreSQL manual, "ALTER TABLE …
/// ATTACH PARTITION"): readers go on. Of a day that changed only the rows that differ are written: readers see the old rows until the commit.
public struct DayPublisher {
    let connection: Connection
    let target: ReportTarget
    /// The request that the day is published for.
    let lease: Lease?

    /// Puts a day's COPY BINARY stream.
    public typealias Content = (borrowing CopyInStream) async throws -> Void

    /// A publisher of a report's days over one session. With a lease on a request, a day is noted there in its own transaction, and nothing
    /// is published once the lease is lost.
    public init(_ target: ReportTarget, for lease: Lease? = nil, _ connection: Connection) {
        self.target = target
        self.lease = lease
        self.connection = connection
    }

    /// Publishes a day; `content` puts its COPY BINARY stream and is called only when rows have to be written.
    ///
    /// Throws a `PostgresError` with its `duplicateKey` for rows that break a unique index, and a `WarehouseError`: `duplicateKey` for rows
    /// with the same declared key, `nameTaken` where a table of the day's name is not the engine's, `shrunk`, `expectationFailed`,
    /// `rowCountMismatch`, `leaseLost`, `lockTaken`, and `changedMeanwhile` for a part of a day that is not the one it was to replace a part of. In each case the
    /// old day stays.
    public func publish(_ load: DayLoad, content: Content) async throws -> PublishResult {
        do {
            return try await connection.inWarehouse(.publish) { try await publishing(load, content) }
        } catch let error as WarehouseError where error.code == .rowCountMismatch && load.part != nil {
            try await forgetBuckets(of: load)
            throw error
        }
    }

    private func publishing(_ load: DayLoad, _ content: Content) async throws -> PublishResult {
        let result = try await connection.transaction {
            // Other loaders keep the other cores busy: workers for an index would only cost their start.
            try await connection.query(
                "SELECT set_config('lock_timeout', '2s', true), set_config('max_parallel_maintenance_workers', '0', true)")
            try await lease?.hold(connection)
            guard try await lockSoon(load) else {
                try await refuseForeignHolder(of: load)
                // The other run may have read the day before it was asked for.
                if lease != nil { throw WarehouseError(.stillPublishing, "another run is publishing this day", hint: "it is tried again") }
                return PublishResult(outcome: .skipped, reason: "another run is publishing this day")
            }
            try await target.hold(connection)
            if try await TargetDays.isDropped(load.day, schema: target.schema, report: target.report.name, connection) {
                return PublishResult(outcome: .skipped, reason: "the day was dropped since the run was planned")
            }
            CrashPoint.dayLocked.reach()
            let result = try await publishLocked(load, content)
            try await lease?.note(load.day.description, rows: load.rows, connection)
            if result.outcome != .skipped { CrashPoint.dayCommitting.reach() }
            return result
        }
        if result.outcome != .skipped { CrashPoint.dayCommitted.reach() }
        return result
    }

    private func publishLocked(_ load: DayLoad, _ content: Content) async throws -> PublishResult {
        guard let known = try await known(load.day) else {
            if load.part != nil { throw changedMeanwhile }
            return try await buildAside(load, content)
        }
        guard known.isAttached else {
            if load.part != nil { throw changedMeanwhile }
            // Somebody dropped or detached the table: the ledger row is about nothing, and the day is new.
            try await connection.query(
                "DELETE FROM _wh.ledger WHERE schema_name = $1 AND template_name = $2 AND day = $3",
                [target.schema, target.report.name, load.day.description])
            return try await buildAside(load, as: known.table, content).comparing(load, with: known, of: target.report)
        }
        if let reason = known.newer(than: load.position) {
            // A replica that lags was waited for before it was read.
            throw WarehouseError(
                .newerSnapshot, reason,
                hint: "if that replica lags, the next run reads it; if the source was set back, as after a restore: "
                    + "dayhaul tenant set \(Shell.word(target.tenant)) --accept-source")
        }
        return try await update(known, with: load, content)
    }

    /// As `lock`, but not put off by a holder that is about to end, such as the session of a run that was killed a moment ago.
    private func lockSoon(_ load: DayLoad) async throws -> Bool {
        for _ in 0..<20 {
            if try await lock(load) { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return try await lock(load)
    }

    /// False when another run is publishing the same day; it holds the lock until its transaction ends.
    ///
    /// Throws `stillPublishing` when it is this run's own, over a session that was lost and whose end the server has yet to notice: what
    /// becomes of the day is not known before.
    private func lock(_ load: DayLoad) async throws -> Bool {
        let lock = try await connection.query(
            """
            WITH keys AS MATERIALIZED (\(Self.lockKeys))
            SELECT CASE WHEN NOT pg_try_advisory_xact_lock(run) THEN 'lost' WHEN pg_try_advisory_xact_lock(day) THEN 'taken' END FROM keys
            """, lockValues(load)
        ).scalar
        if lock == "lost" {
            try await refuseForeignHolder(of: load)
            throw WarehouseError(
                .stillPublishing, "the server has yet to end a session of this run that was lost while it published the day",
                hint: "run the same command again")
        }
        return lock == "taken"
    }

    /// Throws `lockTaken` when the day's lock is held by a login that is not the engine's: then no run publishes the day.
    private func refuseForeignHolder(of load: DayLoad) async throws {
        let keys = try await connection.query("SELECT unnest(ARRAY[day, run]) FROM (\(Self.lockKeys)) keys", lockValues(load))
            .values.compactMap { $0[0].flatMap { Int64($0) } }
        if let holder = try await ForeignHolder.among(keys, connection).values.first {
            throw holder.error("\(load.day) of \(target.schema).\(target.report.name)")
        }
    }

    /// The locks on a day, and on it by this run.
    private static let lockKeys = """
        SELECT _wh.day_key($1, $2, $3) AS day,
            hashtextextended(jsonb_build_array('dayhaul.run day', $1::text, $2::text, $3::date, $4::bigint)::text, 0) AS run
        """

    private func lockValues(_ load: DayLoad) -> [String?] {
        [target.schema, target.report.name, load.day.description, String(load.runID)]
    }

    func known(_ day: CalendarDate) async throws -> KnownDay? {
        try await connection.query(
            """
            SELECT day_table, digest, rows, run_id, template_version, provisional, system_identifier, timeline, replay_lsn, EXISTS (
                SELECT FROM pg_inherits WHERE inhrelid = to_regclass(format('%I.%I', schema_name, day_table))
                    AND inhparent = to_regclass(format('%I.%I', schema_name, $4::text))) AS attached, (
                SELECT digest FROM _wh.day_buckets b WHERE schema_name = $1 AND template_name = $2 AND day = $3 AND key_column = $5
            ) AS buckets_digest, day > (
                SELECT max(day) - \(DayBuckets.days) FROM _wh.ledger WHERE schema_name = $1 AND template_name = $2) AS recent
            FROM _wh.ledger WHERE schema_name = $1 AND template_name = $2 AND day = $3 FOR UPDATE
            """, [target.schema, target.report.name, day.description, target.daysTable, target.report.bucketKey]
        ).rows.first.map { try KnownDay($0) }
    }

    /// What comes of the report's expectations for the rows of `table`, a delimited name. Throws for those that hold the day.
    func expectations(of load: DayLoad, in table: String) async throws -> [ExpectationResult] {
        let results = try await ExpectationCheck(target: target, load: load, connection: connection).run(on: table)
        try results.hold()
        return results
    }

    func check(copied: Int, of load: DayLoad) throws {
        let rows = load.part?.rows ?? load.rows
        guard copied == rows else {
            throw WarehouseError(.rowCountMismatch, "\(rows) rows were read and \(copied) copied")
        }
    }

    var changedMeanwhile: WarehouseError {
        WarehouseError(
            .changedMeanwhile, "another run has published other rows of the day since it was planned", hint: "run the same command again")
    }
}
