public import Postgres
public import PostgresBinary

/// What workers do with `_wh.queue`. Each call is one statement; those that change a request do so only for the holder of its lease.
public enum RequestQueue {
    /// On which channel sessions are told of a new request. It may get lost: the queue is looked at from time to time besides.
    public static let channel = "dayhaul_requests"

    /// Takes the next request; nil when there is none to be worked on now.
    public static func claim(for worker: String, lease: Duration, _ connection: Connection) async throws -> QueuedRequest? {
        try await connection.query(
            """
            SELECT id, lease_token, kind, tenant_name, template_name, schema_name, first_day, last_day, attempt, max_attempts,
                CASE WHEN remaining IS NOT NULL THEN coalesce(
                    (SELECT json_agg(d::date) FROM unnest(remaining) r, generate_series(lower(r), upper(r) - 1, interval '1 day') d),
                    '[]') END AS remaining
            FROM _wh.claim_request($1, make_interval(secs => $2)) WHERE id IS NOT NULL
            """, [worker, String(lease / .seconds(1))]
        ).rows.first.map { try QueuedRequest($0) }
    }

    /// Whether nothing is left to be done for any enabled tenant, now or later.
    public static func isEmpty(_ connection: Connection) async throws -> Bool {
        try await connection.query(
            """
            SELECT NOT EXISTS (
                SELECT FROM _wh.queue q JOIN _wh.tenant_connections c USING (tenant_name) WHERE q.state IN ('queued', 'running') AND c.enabled)
            """
        ).scalar == "t"
    }

    /// What became of a lease that was to be renewed.
    public enum Renewal: Sendable {
        /// It holds for its length from now.
        case held
        /// Somebody asked for the request's end.
        case cancelled
    }

    /// Renews leases. One that is not in the answer is lost.
    public static func renew(_ leases: [Lease], for duration: Duration, _ connection: Connection) async throws -> [Lease: Renewal] {
        guard !leases.isEmpty else { return [:] }
        let rows = try await connection.query(
            """
            UPDATE _wh.queue q SET lease_until = clock_timestamp() + make_interval(secs => $3)
            FROM json_array_elements_text($1) WITH ORDINALITY AS i(id, n) JOIN json_array_elements_text($2) WITH ORDINALITY AS t(token, n) USING (n)
            WHERE q.id = i.id::bigint AND q.lease_token = t.token::uuid
            RETURNING q.id, q.lease_token, q.cancelled_by IS NOT NULL AS cancelled
            """, [json(leases.map { String($0.request) }), json(leases.map(\.token)), String(duration / .seconds(1))]
        ).rows
        return try rows.reduce(into: [:]) { renewals, row in
            let lease = Lease(request: try row.value("id"), token: try row.value("lease_token"))
            renewals[lease] = try row.value("cancelled") ? .cancelled : .held
        }
    }

    /// Notes which days a request comes down to. Throws `leaseLost`.
    public static func plan(_ days: [CalendarDate], for lease: Lease, _ connection: Connection) async throws {
        let noted = try await connection.query(
            """
            UPDATE _wh.queue SET days_planned = $3, remaining = coalesce(
                (SELECT range_agg(daterange(d::date, d::date + 1)) FROM json_array_elements_text($4) d), '{}')
            WHERE id = $1 AND lease_token = $2
            """, [String(lease.request), lease.token, String(days.count), json(days.map(\.description))])
        guard noted.affectedRows == 1 else { throw lease.lost }
    }

    /// Takes days out of a request that are not to be read. Throws `leaseLost`.
    public static func leaveOut(_ days: [CalendarDate], for lease: Lease, _ connection: Connection) async throws {
        let noted = try await connection.query(
            """
            UPDATE _wh.queue SET days_planned = greatest(days_planned - $3::integer, 0), remaining = remaining - coalesce(
                (SELECT range_agg(daterange(d::date, d::date + 1)) FROM json_array_elements_text($4) d), '{}')
            WHERE id = $1 AND lease_token = $2
            """, [String(lease.request), lease.token, String(days.count), json(days.map(\.description))])
        guard noted.affectedRows == 1 else { throw lease.lost }
    }

    /// Gives a request back after a slice, or ends it: when nothing of it remains, and nothing is to be tried again. Returns the state that
    /// it has then; nil when the lease was lost, and nothing was changed.
    public static func finish(_ lease: Lease, _ end: SliceEnd, _ connection: Connection) async throws -> String? {
        try await connection.query(
            """
            SELECT _wh.finish_request($1, $2, $3, ARRAY(SELECT json_array_elements_text($4)::date), make_interval(secs => $5), $6, $7, $8)
            """,
            [
                String(lease.request), lease.token, end.kind.rawValue, json(end.failedDays.map(\.description)),
                end.pause.map { String($0 / .seconds(1)) }, end.sqlstate, end.message, end.hint,
            ]
        ).scalar
    }

    /// Removes requests that ended more than thirty days ago, a thousand at most; returns how many.
    public static func removeOld(_ connection: Connection) async throws -> Int {
        try await connection.query(
            """
            DELETE FROM _wh.queue WHERE id IN (
                SELECT id FROM _wh.queue WHERE finished_at < clock_timestamp() - interval '30 days' ORDER BY finished_at LIMIT 1000
                FOR UPDATE SKIP LOCKED)
            """
        ).affectedRows
    }
}
