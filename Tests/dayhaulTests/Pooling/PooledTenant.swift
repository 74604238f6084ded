import TestKit

/// Runs `body` with a pooler before an operator's warehouse, and a tenant there.
func withPooledTenant(sessions: Int = 6, _ body: @escaping @Sendable (Pooler, Operator) async throws -> Void) async throws {
    try await withTenantSource(days: 5) { source in
        try await withInitialisedOperator { boss in
            try await boss.add("tenant_a", source)
            try await withPooler(boss, sessions: sessions) { try await body($0, boss) }
        }
    }
}

extension Pooler {
    /// What a session was told, as its next client finds it.
    static let session = """
        SELECT current_user, string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
        WHERE name IN ('role', 'search_path', 'lock_timeout', 'statement_timeout', 'IntervalStyle', 'bytea_output',
            'idle_in_transaction_session_timeout', 'client_connection_check_interval', 'default_transaction_read_only')
        """
    static let locks = """
        SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """
}
