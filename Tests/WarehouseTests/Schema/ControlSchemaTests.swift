import Postgres
import TestKit
import Testing
@testable import Warehouse

@Suite("The control schema", .timeLimit(.minutes(2)))
struct ControlSchemaTests {
    /// A database that belongs to a login of its own, and the warehouse as that login reaches it.
    private func withOwner(
        _ attributes: String, ownsDatabase: Bool = true, _ body: (TestDatabase, Warehouse) async throws -> Void
    ) async throws {
        try await withDatabase(on: .warehouse) { database in
            try await WarehouseTests.withOwner(of: database, attributes, ownsDatabase: ownsDatabase) { try await body(database, $0) }
        }
    }

    @Test("is made by a role with CREATEROLE that owns the database and is no superuser, and making it again changes nothing")
    func installs() async throws {
        try await withOwner("CREATEROLE") { database, warehouse in
            let first = try await ControlSchema.install(in: warehouse)
            #expect(first.before == nil && first.after == ControlSchema.currentVersion)
            let again = try await ControlSchema.install(in: warehouse)
            #expect(again.before == ControlSchema.currentVersion && again.after == ControlSchema.currentVersion)
            let actsAs = try await warehouse.withSession { try await $0.query("SELECT current_user").scalar }
            #expect(actsAs == warehouse.roles.engine)
            let owners = try await database.psql(
                """
                SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = '_wh'::regnamespace
                UNION SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = '_wh'
                UNION SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = '_wh'::regnamespace
                """)
            #expect(owners == warehouse.roles.engine)
        }
    }

    @Test("keeps readers out, and nobody but its owner may run its functions")
    func grants() async throws {
        try await withWarehouse { scene in
            let roles = scene.warehouse.roles
            for role in [roles.reader, roles.writer] {
                for object in ["tenant_connections", "mv_templates", "ledger", "runs"] {
                    let error = await #expect(throws: ClusterError.self) { try await scene.psql(as: role, "SELECT 1 FROM _wh.\(object)") }
                    #expect(error?.sqlstate == "42501")
                }
                let error = await #expect(throws: ClusterError.self) { try await scene.psql(as: role, "CREATE TABLE _wh.mine (i int)") }
                #expect(error?.sqlstate == "42501")
                #expect(try await scene.psql(as: role, "SELECT count(*) FROM public.warehouse_freshness") == "0")
            }
            let open = try await scene.database.psql(
                "SELECT proname FROM pg_proc WHERE pronamespace = '_wh'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')")
            #expect(open == "")
            let error = await #expect(throws: ClusterError.self) {
                try await scene.psql(as: roles.admin, "SELECT password FROM _wh.tenant_connections")
            }
            #expect(error?.sqlstate == "42501")
            #expect(try await scene.psql(as: roles.admin, "SELECT count(*) FROM _wh.mv_templates") == "0")
        }
    }

    @Test("says what is missing to a login without CREATEROLE")
    func needsCreateRole() async throws {
        try await withOwner("NOCREATEROLE") { database, warehouse in
            let error = await #expect(throws: WarehouseError.self) { try await ControlSchema.install(in: warehouse) }
            #expect(error?.code == .missingPrivilege)
            #expect(error?.hint?.contains("CREATEROLE") == true)
            let made = try await database.psql("SELECT count(*) FROM pg_namespace WHERE nspname = '_wh'")
            #expect(made == "0")
        }
    }

    @Test("says what is missing to a login that does not own the database")
    func needsOwnership() async throws {
        try await withOwner("CREATEROLE", ownsDatabase: false) { database, warehouse in
            let error = await #expect(throws: WarehouseError.self) { try await ControlSchema.install(in: warehouse) }
            #expect(error?.code == .missingPrivilege)
            let made = try await database.psql("SELECT count(*) FROM pg_namespace WHERE nspname = '_wh'")
            #expect(made == "0")
        }
    }

    @Test("of a newer program is left alone and refused")
    func refusesNewer() async throws {
        try await withWarehouse { scene in
            try await scene.database.psql("INSERT INTO _wh.schema_version (version) VALUES (999)")
            let install = await #expect(throws: WarehouseError.self) { try await ControlSchema.install(in: scene.warehouse) }
            let session = await #expect(throws: WarehouseError.self) { try await scene.warehouse.withSession { _ in } }
            #expect(install?.code == .tooNew && session?.code == .tooNew)
        }
    }

    @Test("that is older or missing sends to init")
    func refusesOlder() async throws {
        try await withWarehouse { scene in
            try await scene.database.psql("DELETE FROM _wh.schema_version WHERE version > 1")
            let older = await #expect(throws: WarehouseError.self) { try await scene.warehouse.withSession { _ in } }
            #expect(older?.code == .tooOld)
        }
        try await withOwner("CREATEROLE") { _, warehouse in
            let missing = await #expect(throws: WarehouseError.self) { try await warehouse.withSession { _ in } }
            #expect(missing?.code == .notInitialised)
            #expect(missing?.hint?.contains("dayhaul init") == true)
        }
    }

    @Test(
        "of any older version is upgraded with all that is in it, and an upgrade that ends half-way leaves it as it was",
        arguments: 1..<ControlSchema.currentVersion)
    func upgrades(from version: Int) async throws {
        try await withOwner("CREATEROLE") { database, warehouse in
            #expect(try await ControlSchema.install(in: warehouse, through: version).after == version)
            try await database.psql(
                """
                INSERT INTO _wh.tenant_connections (tenant_name, host, dbname, username, password)
                    VALUES ('tenant_a', 'h', 'd', 'u', 'dayhaul1:0123456789abcdef:AAAA');
                INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions) VALUES ('r', 'SELECT', 'd date');
                """)
            // Stands in the way of the last step.
            try await database.psql("CREATE TABLE public.warehouse_freshness ()")
            await #expect(throws: (any Error).self) { try await ControlSchema.install(in: warehouse) }
            #expect(try await database.psql("SELECT max(version) FROM _wh.schema_version") == "\(version)")
            try await database.psql("DROP TABLE public.warehouse_freshness")
            let upgrade = try await ControlSchema.install(in: warehouse)
            #expect(upgrade.before == version && upgrade.after == ControlSchema.currentVersion)
            let kept = try await warehouse.withSession { session in
                try await (TenantCatalogue.all(session).map(\.name), ReportCatalogue.all(session).map(\.name))
            }
            #expect(kept == (["tenant_a"], ["r"]))
        }
    }

    @Test("installed by two at once is made once")
    func installsOnce() async throws {
        try await withOwner("CREATEROLE") { _, warehouse in
            let made = try await withThrowingTaskGroup(of: ControlSchema.Installation.self) { group in
                for _ in 0..<4 { group.addTask { try await ControlSchema.install(in: warehouse) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(made.filter { $0.before == nil }.count == 1)
        }
    }
}
