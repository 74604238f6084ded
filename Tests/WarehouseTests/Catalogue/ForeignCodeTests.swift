import Postgres
import Reports
import TestKit
import Testing
import Warehouse

/// whadmin writes templates, phood_rw can make functions and types: together they could have the engine run them as itself.
@Suite("Code of others", .timeLimit(.minutes(3)))
struct ForeignCodeTests {
    /// Notes as whom it was run; labelled immutable, as an index wants it.
    private static let traps = """
        CREATE TABLE phood.caught (who text);
        GRANT INSERT ON phood.caught TO PUBLIC;
        GRANT USAGE ON SCHEMA phood TO PUBLIC;
        CREATE FUNCTION phood.note() RETURNS int LANGUAGE sql VOLATILE AS 'INSERT INTO phood.caught VALUES (current_user); SELECT 1';
        CREATE FUNCTION phood.trap(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN phood.note() + $1; END';
        CREATE OPERATOR phood.@@@ (RIGHTARG = integer, FUNCTION = phood.trap);
        CREATE DOMAIN phood.checked AS integer CHECK (phood.trap(VALUE) > 0);
        CREATE TYPE phood.pair AS (a phood.checked, b integer);
        CREATE TYPE phood.mood AS ENUM ('good');
        """

    private func withTraps(_ body: (WarehouseScene, ReportTarget) async throws -> Void) async throws {
        try await withPeople { scene in
            try await scene.psql(loggedInAs: scene.warehouse.roles.writer, Self.traps)
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("tenant_a", $0) }
            let target = try await scene.ensure(try await scene.report("foodlogstats"), for: tenant)
            // It works, to begin with.
            try await scene.psql(loggedInAs: scene.warehouse.roles.writer, "SELECT phood.trap(1)")
            #expect(try await scene.database.psql("SELECT DISTINCT who FROM phood.caught") == scene.warehouse.roles.writer)
            try await scene.psql(loggedInAs: scene.warehouse.roles.writer, "TRUNCATE phood.caught")
            try await body(scene, target)
            #expect(try await scene.database.psql("SELECT who FROM phood.caught") == "")
        }
    }

    /// What comes of the report when whadmin gives it these columns and indexes.
    private func register(_ columns: String, _ indexes: String, _ scene: WarehouseScene) async throws -> Result<ReportDefinition, any Error>
    {
        try await scene.psql(
            loggedInAs: scene.warehouse.roles.admin,
            "UPDATE _wh.mv_templates SET column_definitions = :'columns', indexes = :'indexes' WHERE template_name = 'foodlogstats'",
            variables: ["columns": columns, "indexes": indexes])
        return try await scene.warehouse.withSession { session in
            try #require(try await ReportCatalogue.all(session).first { $0.name == "foodlogstats" }).definition
        }
    }

    @Test("is run by no index of a template")
    func indexes() async throws {
        try await withTraps { scene, _ in
            for rest in [
                "(phood.trap(id))", "(\"phood\".trap(id))", "(phood . trap(id))", "((id::phood.checked))", "(id) WHERE phood.trap(id) > 0",
                "((OPERATOR(phood.@@@) id))", "((1 + phood.trap(1)))", "(U&\"pho\\006fd\".trap(id))", "(id phood.own_ops)",
                "(note COLLATE phood.own)", "(pg_temp.trap(id))", "(phood/**/.trap(id))",
            ] {
                let found = try await register(WarehouseScene.columns, "CREATE INDEX ON {SCHEMA}.{VIEW_NAME} \(rest)", scene)
                let error = #expect(throws: ReportError.self) { try found.get() }
                #expect(error?.code == .invalidIndexes, "\(rest)")
            }
        }
    }

    @Test("is not found without its schema either, when a day is published")
    func unqualified() async throws {
        try await withTraps { scene, _ in
            let report = try await register(WarehouseScene.columns, "CREATE INDEX ON {SCHEMA}.{VIEW_NAME} (trap(id))", scene).get()
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("tenant_a", $0) }
            let changed = try await scene.ensure(report, for: tenant)
            let error = await #expect(throws: PostgresError.self) {
                try await scene.publish(DayContent("2025-09-27", ids: [1]), to: changed)
            }
            #expect(error?.sqlstate?.code == "42883")
        }
    }

    @Test("comes along with no column's type")
    func types() async throws {
        try await withTraps { scene, _ in
            for type in ["phood.pair", "phood.pair[]", "phood.checked[]", "phood.mood", "phood.caught", "\"phood\".\"pair\""] {
                let found = try await register("id integer, at timestamptz, note \(type)", "", scene)
                let error = #expect(throws: ReportError.self) { try found.get() }
                #expect(error?.code == .invalidColumns && error?.message.contains("belongs to") == true, "\(type)")
            }
            // Of a domain the type under it is all that is used.
            let domain = try await register("id phood.checked, at timestamptz, note text", "", scene).get()
            #expect(domain.columns.first?.type.name == "integer")
        }
    }

    @Test("has no place in a schema that a tenant's row names")
    func schemas() async throws {
        try await withTraps { scene, target in
            let roles = scene.warehouse.roles
            for schema in ["_wh", "public", "pg_catalog", "information_schema"] {
                let found = try await scene.sqlstate(
                    ofLogin: roles.admin, "UPDATE _wh.tenant_connections SET target_schema = '\(schema)' WHERE tenant_name = 'tenant_a'")
                #expect(found == "23514", "\(schema)")
            }
            try await scene.psql(loggedInAs: roles.writer, "GRANT ALL ON SCHEMA phood TO \"\(roles.engine)\"")
            let setting = "UPDATE _wh.tenant_connections SET target_schema = 'phood' WHERE tenant_name = "
            #expect(try await scene.sqlstate(ofLogin: roles.admin, "\(setting)'tenant_a'") == "55000")
            try await scene.addTenant("tenant_b")
            try await scene.psql(loggedInAs: roles.admin, "\(setting)'tenant_b'")
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("tenant_b", $0) }
            let error = await #expect(throws: WarehouseError.self) { try await scene.ensure(target.report, for: tenant) }
            #expect(error?.code == .nameTaken, "\(error?.description ?? "")")
        }
    }

    @Test("stands under the name of none of the engine's own views")
    func names() async throws {
        try await withPeople { scene in
            let found = try await scene.sqlstate(
                ofLogin: scene.warehouse.roles.admin, "UPDATE _wh.mv_templates SET template_name = 'warehouse_freshness'")
            #expect(found == "23514")
        }
    }
}
