import Postgres
import PostgresBinary
import Reports
import TestKit
import Testing
import Warehouse

/// A warehouse that is initialised, with roles of its own.
struct WarehouseScene: Sendable {
    let database: TestDatabase
    let warehouse: Warehouse
    let keys: KeyRing

    /// Columns and index of the report that most tests load.
    static let columns = "id integer, at timestamptz, note text"
    static let index = "CREATE UNIQUE INDEX idx_{VIEW_NAME}_id ON {SCHEMA}.{VIEW_NAME} (id)"

    /// Registers a tenant that nobody ever connects to.
    @discardableResult
    func addTenant(_ name: String, schema: String? = nil) async throws -> Tenant {
        var tenant = Tenant(name: name, host: "127.0.0.1", port: 1, database: "d", user: "u", tls: TLS(mode: .disable), schema: schema)
        try tenant.seal(.value(Secret("secret of \(name)")), with: keys)
        let added = tenant
        try await warehouse.withSession { try await TenantCatalogue.add(added, $0) }
        return tenant
    }

    /// Registers a report, or changes it, and reads it back.
    @discardableResult
    func report(
        _ name: String, columns: String = columns, indexes: String = index, keys: [String] = []
    ) async throws -> ReportDefinition {
        try await database.psql(
            """
            INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions, indexes, key_columns)
            VALUES (:'name', 'SELECT {TARGET_DATE}', :'columns', :'indexes', string_to_array(:'keys', ','))
            ON CONFLICT (template_name) DO UPDATE SET
                column_definitions = excluded.column_definitions, indexes = excluded.indexes, key_columns = excluded.key_columns
            """, variables: ["name": name, "columns": columns, "indexes": indexes, "keys": keys.joined(separator: ",")])
        return try await warehouse.withSession { session in
            let entry = try await ReportCatalogue.all(session).first { $0.name == name }
            return try #require(entry).definition.get()
        }
    }

    /// Makes sure of a report's objects for a tenant.
    @discardableResult
    func ensure(_ report: ReportDefinition, for tenant: Tenant) async throws -> ReportTarget {
        try await warehouse.withSession { session in
            let target = try await ReportTarget.ensure(report, for: tenant, session)
            try await ReportTarget.refreshPublicView(of: report.name, session)
            return target
        }
    }

    /// Publishes a day over a session of its own.
    @discardableResult
    func publish(_ day: DayContent, to target: ReportTarget) async throws -> PublishOutcome {
        try await publishing(day, to: target).outcome
    }

    /// As `publish`, with all that is told of it.
    func publishing(_ day: DayContent, to target: ReportTarget) async throws -> PublishResult {
        try await warehouse.withSession { session in
            try await DayPublisher(target, session).publish(day.load) { try await day.put(on: $0) }
        }
    }

    /// Runs SQL as one of the warehouse's roles.
    @discardableResult
    func psql(as role: String, _ sql: String) async throws -> String {
        try await database.psql("SET ROLE :\"role\"; \(sql)", variables: ["role": role])
    }

    /// Runs SQL as whadmin.
    @discardableResult
    func whadmin(_ sql: String) async throws -> String {
        try await database.psql("SET ROLE :\"admin\";\n\(sql)", variables: ["admin": warehouse.roles.admin])
    }

    /// Everything that tells whether a catalogue or control row was written: its row version.
    func versions() async throws -> String {
        try await database.psql(
            """
            SELECT * FROM (
            SELECT 'class' AS kind, oid, xmin FROM pg_class WHERE relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_|^info')
            UNION ALL SELECT 'rewrite', oid, xmin FROM pg_rewrite WHERE oid >= 16384
            UNION ALL SELECT 'attribute', attrelid, xmin FROM pg_attribute WHERE attrelid >= 16384
            UNION ALL SELECT 'description', objoid, xmin FROM pg_description WHERE objoid >= 16384
            UNION ALL SELECT 'namespace', oid, xmin FROM pg_namespace
            UNION ALL SELECT 'target', 0::oid, xmin FROM _wh.report_targets
            UNION ALL SELECT 'public', 0::oid, xmin FROM _wh.public_views
            UNION ALL SELECT 'schema', 0::oid, xmin FROM _wh.target_schemas
            UNION ALL SELECT 'ledger', 0::oid, xmin FROM _wh.ledger
            ) versions ORDER BY kind, oid, xmin::text
            """)
    }
}

/// Runs `body` with a warehouse of its own.
func withWarehouse(_ body: (WarehouseScene) async throws -> Void) async throws {
    try await withDatabase(on: .warehouse) { try await withWarehouse(in: $0, body) }
}

/// Runs `body` with a warehouse in an empty database.
func withWarehouse(in database: TestDatabase, _ body: (WarehouseScene) async throws -> Void) async throws {
    let warehouse = Warehouse(try ConnectionParameters(conninfo: database.conninfo), roles: .own(of: database))
    _ = try await ControlSchema.install(in: warehouse)
    try await withDirectory { directory in
        try KeyRing.create(at: "\(directory)/key")
        try await body(WarehouseScene(database: database, warehouse: warehouse, keys: try KeyRing(contentsOf: "\(directory)/key")))
    }
}

extension Warehouse.Roles {
    /// Roles are the cluster's; a test's are named after its database.
    static func own(of database: TestDatabase) -> Warehouse.Roles {
        var roles = Warehouse.Roles()
        roles.engine = "engine_\(database.database)"
        roles.admin = "admin_\(database.database)"
        roles.writer = "writer_\(database.database)"
        roles.reader = "reader_\(database.database)"
        return roles
    }
}
