import TestKit
import Testing

/// The SQL that the warehouse's users wrote down before there was an engine, as they wrote it.
@Suite("What the users have always typed", .timeLimit(.minutes(4)))
struct ArchitectureSummaryTests {
    @Test("still works, block after block, with a worker running; a password in plain is refused with the command to use")
    func everyBlock() async throws {
        try await withTenantSource(days: 61) { source in
            try await withInitialisedOperator { boss in
                // Days of their months, whatever day it is today.
                try await source.primary.psql("UPDATE phood_foodlogsum SET logged_time = logged_time - interval '31 days'")
                try await source.replay()
                try await setUpConnection(boss, source)
                try await boss.worker { _ in
                    try await workflow(boss)
                    try await usageExamples(boss)
                    try await performanceQueries(boss)
                    try await schemaLevelSecurity(boss)
                }
                try await backup(boss)
            }
        }
    }

    private func setUpConnection(_ boss: Operator, _ source: TenantSource) async throws {
        let error = await #expect(throws: ClusterError.self) {
            try await boss.whadmin(
                """
                INSERT INTO _wh.tenant_connections (tenant_name, host, port, dbname, username, password)
                VALUES ('tenant_a', 'db.example.com', 5432, 'production', 'readonly_user', 'password123');
                """)
        }
        #expect(error?.sqlstate == "23514" && error?.message.contains("dayhaul tenant add") == true, "\(String(describing: error))")
        #expect(error?.message.contains("password123") == false)
        try await boss.add("tenant_a", source)
        try await boss.whadmin("DELETE FROM _wh.mv_templates;\n\\i \(Operator.sql("template-foodlogstats.sql"))")
    }

    /// "Typical Workflow", sent without waiting in between.
    private func workflow(_ boss: Operator) async throws {
        try await boss.whadmin(
            """
            -- 3. Backfill historical data (one month at a time to avoid timeouts)
            SELECT _wh.update_mv_window_by_template('foodlogstats', 'tenant_a', 'reports', '2025-08-01'::date, '2025-08-31'::date);
            SELECT _wh.update_mv_window_by_template('foodlogstats', 'tenant_a', 'reports', '2025-09-01'::date, '2025-09-30'::date);

            -- 4. Create the tenant union view
            SELECT _wh.update_tenant_union_view_by_template('foodlogstats', 'tenant_a', 'reports');

            -- 5. Create/update the public master view
            SELECT _wh.update_public_view_by_template('foodlogstats');

            -- 6. Daily operations: update current day
            SELECT _wh.update_mv_by_template('foodlogstats', 'tenant_a', 'reports', CURRENT_DATE);
            """)
        try await boss.requestsFinished()
        #expect(try await boss.whadmin("SELECT DISTINCT state FROM _wh.requests") == "done")
        let months = try await boss.whadmin(
            "SELECT schema_name, to_char(logged_time, 'YYYY-MM'), count(*) FROM public.foodlogstats GROUP BY 1, 2 ORDER BY 2")
        #expect(months == "reports|2025-08|6200\nreports|2025-09|6000")
        let names = try await boss.whadmin(
            """
            SELECT _wh.does_mv_exist('reports', 'foodlogstats_2025_09_24'), _wh.does_mv_exist('reports', 'foodlogstats'),
                _wh.does_mv_exist('reports', 'nothing'), _wh.create_mv_name('foodlogstats', '2025-09-24');
            """)
        #expect(names == "t|t|f|foodlogstats_2025_09_24")
    }

    /// "Usage Examples", and the functions of "Core Template Functions" that they leave out.
    private func usageExamples(_ boss: Operator) async throws {
        try await boss.whadmin(
            """
            -- Update a single date for a tenant (template-based)
            SELECT _wh.update_mv_by_template('foodlogstats', 'tenant_a', 'reports', '2025-09-24'::date);

            -- Update a date range for a tenant (bulk backfill)
            SELECT _wh.update_mv_window_by_template('foodlogstats', 'tenant_a', 'reports', '2025-09-01'::date, '2025-09-30'::date);

            -- Create/update the tenant union view
            SELECT _wh.update_tenant_union_view_by_template('foodlogstats', 'tenant_a', 'reports');

            -- Create/update the public master view (all tenants)
            SELECT _wh.update_public_view_by_template('foodlogstats');

            SELECT _wh.create_mv_from_template('foodlogstats', 'tenant_a', 'reports', '2025-09-24'::date);
            SELECT _wh.refresh_mv('reports', 'foodlogstats_2025_09_24');
            SELECT _wh.get_tenant_connection_string('tenant_a');
            """)
        try await boss.requestsFinished()
        #expect(try await boss.whadmin("SELECT DISTINCT state FROM _wh.requests") == "done")
    }

    private func performanceQueries(_ boss: Operator) async throws {
        // The summary's has no GROUP BY; this is what it means.
        let connections = try await boss.whadmin(
            """
            SELECT count(*) > 0 AS current, setting::int >= 20 AS max
            FROM pg_stat_activity, pg_settings
            WHERE name = 'max_connections' GROUP BY setting;
            """)
        #expect(connections == "t|t")
        let cache = try await boss.whadmin(
            """
            SELECT round((blks_hit::numeric/(blks_hit+blks_read)*100),2) BETWEEN 0 AND 100 AS cache_hit_ratio
            FROM pg_stat_database WHERE datname = current_database();
            """)
        #expect(cache == "t")
    }

    private func schemaLevelSecurity(_ boss: Operator) async throws {
        // The summary grants on materialized views, which GRANT does not know: they are tables to it. Roles have a test's names.
        let reader = boss.roles[3]
        _ = try await boss.ask(
            """
            REVOKE ALL ON SCHEMA _wh FROM PUBLIC;
            GRANT USAGE ON SCHEMA _wh TO \(boss.roles[1]);
            GRANT USAGE ON SCHEMA reports TO \(reader);
            GRANT SELECT ON ALL TABLES IN SCHEMA reports TO \(reader);
            """)
        try await boss.warehouse.psql(
            "GRANT USAGE ON SCHEMA public TO \(reader); GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(reader);")
        let rows = try await boss.warehouse.psql(
            "SET ROLE \(reader); SELECT count(*) FROM reports.foodlogstats_2025_09_24; SELECT count(*) FROM reports.foodlogstats")
        #expect(rows == "200\n12200")
        let error = await #expect(throws: ClusterError.self) {
            try await boss.warehouse.psql("SET ROLE \(reader); SELECT * FROM _wh.mv_templates")
        }
        #expect(error?.sqlstate == "42501")
    }

    /// "Schema Backup Strategy": restore `_wh`, then rebuild.
    private func backup(_ boss: Operator) async throws {
        let contents = "SELECT count(*), md5(string_agg(f::text, '|' ORDER BY f::text)) FROM public.foodlogstats f"
        let before = try await boss.ask(contents)
        let dump = try await boss.dumpControlSchema()
        try await SharedClusters.withCluster { cluster in
            try await withDatabase(in: cluster) { database in
                let after = try await boss.restored(dump, into: database)
                #expect(try await after.dayhaul("init").status == .exited(0))
                try await after.whadmin("SELECT _wh.rebuild_entire_warehouse()")
                #expect(try await after.dayhaul("worker", "--drain").status == .exited(0))
                #expect(try await after.ask(contents) == before)
            }
        }
    }
}
