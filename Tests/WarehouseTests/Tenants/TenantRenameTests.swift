import Postgres
import TestKit
import Testing
import Warehouse

@Suite("Renaming a tenant", .timeLimit(.minutes(2)))
struct TenantRenameTests {
    /// Tenants a and b, each with a day of report r, a source, and an event in the run log.
    private func withTenants(_ body: (WarehouseScene) async throws -> Void) async throws {
        try await withWarehouse { scene in
            for name in ["a", "b"] {
                let tenant = try await scene.addTenant(name)
                let target = try await scene.ensure(try await scene.report("r"), for: tenant)
                try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
                try await scene.database.psql(
                    """
                    INSERT INTO _wh.sources VALUES (:'name', '1', 1, '0/1');
                    INSERT INTO _wh.runs (kind, engine, host, process_id, planned) VALUES ('run', 'e', 'h', 1, 1);
                    INSERT INTO _wh.run_events (run_id, tenant_name, template_name, schema_name, day, outcome)
                    SELECT max(run_id), :'name', 'r', :'name', '2025-09-24', 'loaded' FROM _wh.runs
                    """, variables: ["name": name])
            }
            try await body(scene)
        }
    }

    private func rename(_ name: String, to newName: String, _ scene: WarehouseScene) async throws -> Tenant {
        try await scene.warehouse.withSession { try await TenantCatalogue.rename(name, to: newName, scene.keys, $0) }
    }

    /// Who is named where, and in which schema the tenants are.
    private func names(_ scene: WarehouseScene) async throws -> String {
        try await scene.database.psql(
            """
            SELECT string_agg(DISTINCT tenant_name || coalesce(' in ' || target_schema, ''), ', ') FROM _wh.tenant_connections
            UNION ALL SELECT string_agg(DISTINCT tenant_name || ' in ' || schema_name, ', ') FROM _wh.target_schemas
            UNION ALL SELECT string_agg(DISTINCT tenant_name || ' in ' || schema_name, ', ') FROM _wh.ledger
            UNION ALL SELECT string_agg(DISTINCT tenant_name, ', ') FROM _wh.sources
            UNION ALL SELECT string_agg(DISTINCT tenant_name, ', ') FROM _wh.run_events
            """)
    }

    @Test("moves every trace of it to the new name, none of another's, and its schema nowhere; renamed back, all is as before")
    func everywhere() async throws {
        try await withTenants { scene in
            let before = try await names(scene)
            let renamed = try await rename("a", to: #"köln "1""#, scene)
            #expect(renamed.name == #"köln "1""# && renamed.schema == "a")
            #expect(
                try await names(scene) == #"""
                    b, köln "1" in a
                    b in b, köln "1" in a
                    b in b, köln "1" in a
                    b, köln "1"
                    b, köln "1"
                    """#)
            #expect(try await scene.database.psql("SELECT schema_name, id FROM public.r ORDER BY 1") == "a|1\nb|1")
            let read = try await scene.warehouse.withSession { try await TenantCatalogue.named(#"köln "1""#, $0) }
            #expect(try read.passwordSource(scene.keys) == .value(Secret("secret of a")))
            #expect(try await rename(#"köln "1""#, to: "a", scene).schema == "a")
            #expect(try await names(scene) == before)
        }
    }

    @Test(
        "misses no table of the control schema that names tenants: each follows by its foreign key, or is one of those that rename updates")
    func everyTable() async throws {
        try await withWarehouse { scene in
            let tables = try await scene.database.psql(
                """
                SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = '_wh'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'tenant_name' AND NOT EXISTS (
                    SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confupdtype = 'c'
                        AND k.confrelid = '_wh.tenant_connections'::regclass AND k.conkey = ARRAY[a.attnum])
                """)
            #expect(tables == "ledger run_events tenant_connections")
        }
    }

    @Test(
        "is refused for a name that is taken, or can be none, or is nobody's, and changes nothing then", arguments: ["b", "a", "", "x\ny"])
    func refused(name: String) async throws {
        try await withTenants { scene in
            let before = try await names(scene)
            let error = await #expect(throws: WarehouseError.self) { try await rename("a", to: name, scene) }
            #expect(error?.code == (["a", "b"].contains(name) ? .tenantExists : .invalidName))
            let unknown = await #expect(throws: WarehouseError.self) { try await rename("c", to: "d", scene) }
            #expect(unknown?.code == .unknownTenant)
            #expect(try await names(scene) == before)
        }
    }

    @Test("needs the key: a password that does not open stays the old name's")
    func otherKey() async throws {
        try await withTenants { scene in
            let before = try await names(scene)
            let error = await #expect(throws: WarehouseError.self) {
                try await withDirectory { directory in
                    try KeyRing.create(at: "\(directory)/key")
                    let other = try KeyRing(contentsOf: "\(directory)/key")
                    _ = try await scene.warehouse.withSession { try await TenantCatalogue.rename("a", to: "c", other, $0) }
                }
            }
            #expect(error?.code == .cannotUnseal)
            #expect(try await names(scene) == before)
        }
    }

    @Test("a day that was planned under the old name is published under the new one; a run that has yet to begin is told")
    func whileRunning() async throws {
        try await withTenants { scene in
            let report = try await scene.report("r")
            let planned = try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
            let target = try await scene.ensure(report, for: planned)
            let day = try DayContent("2025-09-25", ids: [1, 2])
            let outcome = try await scene.warehouse.withSession { session in
                try await DayPublisher(target, session).publish(day.load) { copy in
                    _ = try await rename("a", to: "c", scene)
                    try await day.put(on: copy)
                }.outcome
            }
            #expect(outcome == .loaded)
            #expect(
                try await scene.database.psql("SELECT day, tenant_name FROM _wh.ledger WHERE schema_name = 'a' ORDER BY 1")
                    == "2025-09-24|c\n2025-09-25|c")
            let error = await #expect(throws: WarehouseError.self) { try await scene.ensure(report, for: planned) }
            #expect(error?.code == .unknownTenant && error?.message.contains("renamed to c") == true)
        }
    }

    @Test("a renamed tenant is dropped with all that it had under either name")
    func dropped() async throws {
        try await withTenants { scene in
            _ = try await rename("a", to: "c", scene)
            try await scene.warehouse.withSession { try await TenantRemoval.plan("c", $0).carryOut($0) }
            #expect(try await scene.database.psql("SELECT to_regnamespace('a') IS NULL, count(*) FROM _wh.ledger") == "t|1")
        }
    }
}
