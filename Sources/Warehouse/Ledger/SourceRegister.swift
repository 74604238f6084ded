public import Postgres

/// Reads and writes `_wh.sources`: which database system a tenant's days come from, and the latest snapshot of it that was used.
public enum SourceRegister {
    /// What is known of all tenants, by their names.
    public static func all(_ connection: Connection) async throws -> [String: SourcePosition] {
        let rows = try await connection.query("SELECT tenant_name, system_identifier, timeline, replay_lsn FROM _wh.sources").rows
        return try rows.reduce(into: [:]) { $0[try $1.value("tenant_name")] = SourcePosition($1) }
    }

    /// When a run last found a tenant's source further on than before, as PostgreSQL prints it; nil before the first.
    public static func lastSeen(_ tenant: String, _ connection: Connection) async throws -> String? {
        try await connection.query("SELECT seen_at FROM _wh.sources WHERE tenant_name = $1", [tenant]).scalar
    }

    /// Notes where the days of a tenant come from, unless that is known. Returns what is known then.
    public static func note(_ position: SourcePosition, of tenant: String, _ connection: Connection) async throws -> SourcePosition {
        try await connection.query(
            """
            INSERT INTO _wh.sources (tenant_name, system_identifier, timeline, replay_lsn) VALUES ($1, $2, $3, $4)
            ON CONFLICT (tenant_name) DO NOTHING
            """, values(position, tenant))
        let known = try await connection.query(
            "SELECT system_identifier, timeline, replay_lsn FROM _wh.sources WHERE tenant_name = $1", [tenant]
        ).rows.first
        return known.map { SourcePosition($0) } ?? position
    }

    /// Notes the latest snapshot that a run used. A position that lies before the one known, or in another system, changes nothing.
    public static func advance(_ tenant: String, to position: SourcePosition, _ connection: Connection) async throws {
        try await connection.query(
            """
            UPDATE _wh.sources SET timeline = $3, replay_lsn = $4, seen_at = clock_timestamp()
            WHERE tenant_name = $1 AND system_identifier = $2 AND (timeline, replay_lsn) < ($3::integer, $4::pg_lsn)
            """, values(position, tenant))
    }

    /// Takes the system that a replica shows now, and where it stands, for the tenant's source from here on. Days that were read further on
    /// may be replaced then: where they were read is forgotten.
    public static func accept(_ position: SourcePosition, of tenant: String, _ connection: Connection) async throws {
        try await connection.query(
            """
            UPDATE _wh.ledger l SET timeline = NULL, replay_lsn = NULL FROM _wh.target_schemas s
            WHERE s.schema_name = l.schema_name AND s.tenant_name = $1 AND l.system_identifier = $2
                AND (l.timeline, l.replay_lsn) > ($3::integer, $4::pg_lsn)
            """, values(position, tenant))
        try await connection.query(
            """
            INSERT INTO _wh.sources (tenant_name, system_identifier, timeline, replay_lsn) VALUES ($1, $2, $3, $4)
            ON CONFLICT (tenant_name) DO UPDATE SET system_identifier = excluded.system_identifier, timeline = excluded.timeline,
                replay_lsn = excluded.replay_lsn, seen_at = clock_timestamp()
            """, values(position, tenant))
    }

    private static func values(_ position: SourcePosition, _ tenant: String) -> [String?] {
        [tenant, position.systemIdentifier, position.timeline.map { String($0) }, position.replayLSN]
    }
}
