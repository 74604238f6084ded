import CrashPoints
import Postgres
import PostgresBinary
import Reports

/// The day's row in `_wh.ledger`.
extension DayPublisher {
    /// Says what was read, whether the table's rows were `changed` for it, and what came of the expectations for those; nil leaves
    /// what came of them before.
    ///
    /// The tenant is the one that the schema belongs to at the commit: it may have been renamed since the day was planned.
    func record(_ load: DayLoad, table: String, changed: Bool, _ expectations: [ExpectationResult]?) async throws {
        try await connection.query(
            """
            INSERT INTO _wh.ledger AS l (schema_name, template_name, day, tenant_name, day_table, rows, bytes, digest, template_version,
                system_identifier, timeline, replay_lsn, replay_time, provisional, run_id, expectations)
            VALUES ($1, $2, $3, (SELECT tenant_name FROM _wh.target_schemas WHERE schema_name = $1 FOR SHARE), $4, $5, $6, $7, $8, $9, $10,
                $11, $12, $13, $14, coalesce($16::jsonb, '[]'))
            ON CONFLICT (schema_name, template_name, day) DO UPDATE SET
                rows = excluded.rows, bytes = excluded.bytes, digest = excluded.digest, template_version = excluded.template_version,
                system_identifier = excluded.system_identifier, timeline = excluded.timeline, replay_lsn = excluded.replay_lsn,
                replay_time = excluded.replay_time, provisional = excluded.provisional, run_id = excluded.run_id,
                checked_at = clock_timestamp(), loaded_at = CASE WHEN $15 THEN clock_timestamp() ELSE l.loaded_at END,
                expectations = coalesce($16, l.expectations)
            """,
            [
                target.schema, target.report.name, load.day.description, table, String(load.rows), String(load.bytes),
                load.digest, target.report.version, load.position.systemIdentifier, load.position.timeline.map { String($0) },
                load.position.replayLSN, load.position.replayTime, String(load.isProvisional), String(load.runID), String(changed),
                try expectations?.json,
            ])
        CrashPoint.dayRecorded.reach()
    }
}
