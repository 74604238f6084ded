import CrashPoints
import Postgres
import PostgresBinary
import Reports

/// The day's row in `_wh.day_buckets`.
extension DayPublisher {
    /// Lets the row be about the rows that the ledger says were read, or be gone. Days that are seldom read again get none. To be called
    /// when the ledger row is written; `known` is what that said before.
    func recordBuckets(_ load: DayLoad, known: KnownDay?) async throws {
        let day = [target.schema, target.report.name, load.day.description]
        guard let key = target.report.bucketKey, let buckets = load.buckets else {
            if let digest = known?.bucketsDigest, digest != load.digest {
                try await connection.query(Self.forgetBuckets, day)
            }
            return
        }
        if let known, known.bucketsDigest == load.digest || !known.isRecent { return }
        try await connection.query(
            """
            INSERT INTO _wh.day_buckets AS b (schema_name, template_name, day, digest, key_column, digests)
            SELECT $1, $2, $3, $4, $5, decode($6, 'hex')
            WHERE $3::date > (SELECT max(day) - \(DayBuckets.days) FROM _wh.ledger WHERE schema_name = $1 AND template_name = $2)
            ON CONFLICT (schema_name, template_name, day) DO UPDATE SET
                digest = excluded.digest, key_column = excluded.key_column, digests = excluded.digests
            """, day + [load.digest, key, buckets.hex])
        CrashPoint.bucketsRecorded.reach()
    }

    /// Takes the row away after a part of the day did not fit the rest of it: the next run reads the day whole.
    func forgetBuckets(of load: DayLoad) async throws {
        try await connection.query(Self.forgetBuckets, [target.schema, target.report.name, load.day.description])
    }

    private static var forgetBuckets: String {
        "DELETE FROM _wh.day_buckets WHERE schema_name = $1 AND template_name = $2 AND day = $3"
    }
}
