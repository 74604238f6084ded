public import Postgres

/// The steps of a move, each a transaction of its own.
extension TenantMove {
    /// Moves all of it; `progress` is called with the number of day tables that a step has dealt with. Throws as
    /// `check` does, and the server's error when a lock cannot be had: what was done by then stays done.
    public func carryOut(
        _ connection: Connection, dropsCopies: Bool, progress: (Int) -> Void = { _ in }
    ) async throws {
        try check(dropsCopies: dropsCopies)
        try await begin(connection)
        // A day's table has some five indexes; where days are merged, copies and the tables that replace them are locked.
        let locks = try await LockBudget(connection).locks
        let (moved, merged) = (max(1, locks / 6), max(1, locks / 24))
        try await repeating("SELECT _wh.move_tables($1, $2, $3)", moved, connection, progress)
        try await repeating("SELECT _wh.merge_days($1, $2, $3)", merged, connection, progress)
        for report in Set(parts.filter(\.isMerged).map(\.report)).sorted() {
            try await step("SELECT _wh.drop_copied_views($1, $2)", [tenant, report], connection)
        }
        if dropsCopies {
            try await repeating("SELECT _wh.drop_copies($1, $2, $3)", merged, connection, progress)
        }
        try await step("SELECT _wh.end_move($1)", [tenant], connection, after: Self.keepDropped)
    }

    /// Days that were dropped in a schema stay dropped, unless another one had them.
    private static let keepDropped = """
        UPDATE _wh.report_targets h SET dropped = h.dropped + m.dropped - coalesce((
                SELECT range_agg(daterange(l.day, l.day, '[]')) FROM _wh.ledger l
                WHERE l.schema_name = h.schema_name AND l.template_name = h.template_name), '{}') FROM (
            SELECT s.moving_to, t.template_name, range_agg(r) AS dropped
            FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name), unnest(t.dropped) AS r
            WHERE s.tenant_name = $1 AND s.moving_to IS NOT NULL GROUP BY s.moving_to, t.template_name) m
        WHERE h.schema_name = m.moving_to AND h.template_name = m.template_name
        """

    /// Gives a tenant another schema while no day of it is loaded. Throws `tenantHasData` otherwise.
    public static func changeSchema(of tenant: Tenant, to schema: String, dryRun: Bool, _ connection: Connection)
        async throws
    {
        let move = try await plan(tenant.name, to: schema, connection)
        guard move.parts.allSatisfy({ $0.days == 0 }) else {
            throw WarehouseError(
                .tenantHasData, "tenant \(tenant.name) has days in schema \(tenant.schema)",
                hint: "move them: \(move.command)")
        }
        if move.hasOthers, !dryRun { try await move.carryOut(connection, dropsCopies: false) }
    }

    /// The first step: parents and views change places; then the public views, one at a time, say so.
    func begin(_ connection: Connection) async throws {
        try await step("SELECT _wh.begin_move($1, $2)", [tenant, schema], connection)
        let reports = try await connection.query(
            """
            SELECT p.template_name FROM _wh.public_views p JOIN _wh.report_targets t USING (template_name)
            WHERE t.schema_name = $1 AND _wh.is_own_view('public', p.template_name) ORDER BY 1
            """, [schema]
        ).values.compactMap { $0.first ?? nil }
        for report in reports { try await step("SELECT _wh.ensure_public_view($1)", [report], connection) }
    }

    private func repeating(_ statement: String, _ batch: Int, _ connection: Connection, _ progress: (Int) -> Void)
        async throws
    {
        while true {
            let done = try await step(statement, [tenant, schema, String(batch)], connection).flatMap { Int($0) } ?? 0
            guard done > 0 else { return }
            progress(done)
        }
    }

    /// Readers queue up behind one who waits to change a table: no wait is longer than two seconds, and after each they
    /// have their turn.
    @discardableResult
    func step(
        _ statement: String, _ values: [String?], _ connection: Connection, after first: String? = nil
    ) async throws -> String? {
        var attempt = 1
        while true {
            do {
                return try await Self.refusing {
                    try await connection.transaction {
                        try await connection.query("SET LOCAL lock_timeout = '2s'")
                        if let first { try await connection.query(first, values) }
                        return try await connection.query(statement, values).scalar
                    }
                }
            } catch let error as PostgresError where ["55P03", "40P01"].contains(error.sqlstate?.code) && attempt < 6 {
                attempt += 1
                try await Task.sleep(for: .milliseconds(Int.random(in: 200...1000)))
            } catch let error as PostgresError where error.sqlstate?.code == "55P03" {
                throw WarehouseError(
                    .tenantHasData, "other sessions hold locks on tables of tenant \(tenant)",
                    hint: "what was moved stays moved: run the same command again when their transactions have ended")
            }
        }
    }
}
