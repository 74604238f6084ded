public import Postgres
public import PostgresBinary
public import Reports

/// Reads `_wh.day_buckets`: digests of days by buckets of their keys. Rows of it are written by `DayPublisher`, in the transaction that
/// publishes the day.
public enum DayBuckets {
    /// For how many days of a report and schema, counted back from the newest, they are kept.
    static let days = 62

    /// What is known of days of a report in a schema whose rows have these digests. Days of which nothing is known are not there.
    public static func of(
        _ days: [CalendarDate: String], schema: String, report: ReportDefinition, _ connection: Connection
    ) async throws -> [CalendarDate: BucketDigests] {
        guard let key = report.bucketKey, !days.isEmpty else { return [:] }
        let rows = try await connection.query(
            """
            SELECT day, digest, encode(digests, 'hex') AS digests FROM _wh.day_buckets
            WHERE schema_name = $1 AND template_name = $2 AND key_column = $3
                AND day = ANY (ARRAY(SELECT json_array_elements_text($4)::date))
            """, [schema, report.name, key, json(days.keys.map(\.description))]
        ).rows
        var known: [CalendarDate: BucketDigests] = [:]
        for row in rows {
            let day: CalendarDate = try row.value("day")
            guard let expected = days[day], row["digest"] == expected, let digest = RowDigest(hex: expected, rows: 0),
                let buckets = row["digests"].flatMap({ BucketDigests(hex: $0) }), buckets.agree(with: digest)
            else { continue }
            known[day] = buckets
        }
        return known
    }

    /// Removes those of days that are seldom read again.
    public static func removeOld(of reports: [String], _ connection: Connection) async throws {
        try await connection.query(
            """
            DELETE FROM _wh.day_buckets b
            USING _wh.report_targets t, LATERAL (
                SELECT max(l.day) - \(days) AS day FROM _wh.ledger l
                WHERE l.schema_name = t.schema_name AND l.template_name = t.template_name) last
            WHERE t.template_name = ANY (ARRAY(SELECT json_array_elements_text($1)))
                AND b.schema_name = t.schema_name AND b.template_name = t.template_name AND b.day <= last.day
            """, [json(reports)])
    }
}
