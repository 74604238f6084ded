import Postgres

/// Tables of a tenant's source that somebody else has locked.
enum SourceLocks {
    /// Runs `body` with a connection to a tenant's source. Where a lock is waited for in vain (55P03), the error says which tables are locked,
    /// and by whom as far as the server tells.
    static func connecting<Result>(
        _ parameters: ConnectionParameters, _ body: (Connection) async throws -> Result
    ) async throws -> Result {
        do {
            return try await Connection.with(parameters, body)
        } catch let error as PostgresError where error.sqlstate?.code == "55P03" {
            guard let locked = (try? await Connection.with(parameters, described)) ?? nil else { throw error }
            throw error.about(
                locked,
                hint: "end that transaction on the primary, or wait for it: SELECT pid, usename, query FROM pg_locks JOIN pg_stat_activity "
                    + "USING (pid) WHERE mode = 'AccessExclusiveLock' AND granted")
        }
    }

    /// `public.readings is locked by a transaction on the primary`; nil when nothing is locked any more. On a standby the process that
    /// replays holds the locks of the primary (PostgreSQL manual, "Hot Standby").
    private static func described(_ connection: Connection) async throws -> String? {
        let row = try await connection.query(
            """
            SELECT string_agg(DISTINCT n.nspname || '.' || c.relname, ', ') AS tables,
                string_agg(DISTINCT format('%s (process %s%s)', a.usename, a.pid, ', ' || nullif(a.application_name, '')), ', ')
                    FILTER (WHERE a.usename IS NOT NULL) AS holders
            FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'm')
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT LIKE 'pg\\_%'
            LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
            WHERE l.granted AND l.mode = 'AccessExclusiveLock'
                AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
            """
        ).rows.first
        guard let tables = row?["tables"] else { return nil }
        let verb = tables.contains(", ") ? "are" : "is"
        return "\(tables) \(verb) locked by \(row?["holders"] ?? "a transaction on the primary")"
    }
}
