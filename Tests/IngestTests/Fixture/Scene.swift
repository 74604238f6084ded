@testable import Ingest
import Postgres
import PostgresBinary
import Spill
import TestKit
import Testing
import Warehouse

/// A warehouse that is initialised, with roles of its own, and what is needed to run plans on it.
struct Scene: Sendable {
    let database: TestDatabase
    let warehouse: Warehouse
    let keys: KeyRing
    let spill: SpillDirectory
    /// Of the scene's own, removed with what is in it.
    let directory: String
    var limits = Limits()

    var spillPath: String { "\(directory)/spill" }
    var engine: Engine { Engine(warehouse, keys: keys, spill: spill, limits: limits, version: "test") }

    /// The same scene, whose engine logs in to the warehouse as another role.
    func loggingIn(as user: String, password: String) throws -> Scene {
        let conninfo = "host=\(database.host) port=\(database.port) dbname=\(database.database) user=\(user) password=\(password)"
        let warehouse = Warehouse(try ConnectionParameters(conninfo: conninfo), roles: warehouse.roles)
        var scene = Scene(database: database, warehouse: warehouse, keys: keys, spill: spill, directory: directory)
        scene.limits = limits
        return scene
    }

    /// Registers a tenant whose replica answers at `port` of 127.0.0.1, or at the database's own.
    func addTenant(_ name: String, _ source: TestDatabase, port: Int? = nil, user: String? = nil, password: String? = nil) async throws {
        var tenant = Tenant(
            name: name, host: source.host, port: port ?? source.port, database: source.database, user: user ?? source.superuser,
            tls: TLS(mode: .disable))
        try tenant.seal(.value(Secret(password ?? source.password)), with: keys)
        try await warehouse.withSession { try await TenantCatalogue.add(tenant, $0) }
    }

    /// Registers a report as a user would.
    func addReport(_ name: String, _ query: String, columns: String, more: [String: String] = [:]) async throws {
        let names = ["template_name", "query_template", "column_definitions"] + more.keys
        var variables = ["v0": name, "v1": query, "v2": columns]
        for (index, value) in more.values.enumerated() { variables["v\(index + 3)"] = value }
        let values = names.indices.map { ":'v\($0)'" }.joined(separator: ", ")
        try await database.psql(
            "INSERT INTO _wh.mv_templates (\(names.joined(separator: ", "))) VALUES (\(values))", variables: variables)
    }

    func plan(_ days: Planner.Days, _ selection: Selection = Selection(), confirmed: Bool = false) async throws -> Plan {
        try await warehouse.withSession {
            try await Planner.plan(days, selection, sliceDays: limits.sliceDays, confirmed: confirmed, $0)
        }
    }

    func plan(_ first: String, _ last: String, _ selection: Selection = Selection()) async throws -> Plan {
        try await plan(.range(try #require(CalendarDate(first)), try #require(CalendarDate(last))), selection)
    }

    /// Re-ingests the days from `first` to `last`.
    @discardableResult
    func ingest(
        _ first: String, _ last: String, _ selection: Selection = Selection(), observer: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws -> RunResult {
        try await engine.run(try await plan(first, last, selection), as: .ingest, observer: observer)
    }

    /// `tenant report day state`, a line a day.
    func verify(_ first: String, _ last: String, _ selection: Selection = Selection()) async throws -> [String] {
        let states = try await Verifier(warehouse, keys: keys, spill: spill, limits: limits).verify(try await plan(first, last, selection))
        { _ in }
        return states.map { "\($0.tenant) \($0.report) \($0.day) \($0.state.rawValue)" }
    }

    /// Names of the spill files that are there now.
    func spillFiles() async throws -> [String] {
        // psql's own shell, so that the test needs no directory listing of its own.
        try await database.psql(#"\! find \#(spillPath) -name '*.lz4*'"#).split(separator: "\n").map(String.init)
    }
}

/// A few tests at once: more would keep the shared standby from replaying, because each asks it again and again whether it has.
private let places = Limiter(4)

/// Runs `body` when it is a test's turn; wraps whatever makes databases.
func inTurn(_ body: () async throws -> Void) async throws { try await places.withPermit(body) }

/// Runs `body` with a scene.
func withScene(_ body: (Scene) async throws -> Void) async throws {
    try await withDatabase(on: .warehouse) { try await withScene(in: $0, body) }
}

/// Runs `body` with a scene in an empty database, which the engine reaches by `port` of 127.0.0.1, or by the server's own.
func withScene(in database: TestDatabase, port: Int? = nil, _ body: (Scene) async throws -> Void) async throws {
    try await withDirectory { directory in
        var roles = Warehouse.Roles()
        roles.engine = "engine_\(database.database)"
        roles.admin = "admin_\(database.database)"
        roles.writer = "writer_\(database.database)"
        roles.reader = "reader_\(database.database)"
        let warehouse = Warehouse(try ConnectionParameters(conninfo: database.conninfo(port: port ?? database.port)), roles: roles)
        _ = try await ControlSchema.install(in: warehouse)
        try KeyRing.create(at: "\(directory)/key")
        try await body(
            Scene(
                database: database, warehouse: warehouse, keys: try KeyRing(contentsOf: "\(directory)/key"),
                spill: try SpillDirectory(path: "\(directory)/spill", quota: SpillQuota(limit: 1 << 28)), directory: directory))
    }
}

/// Runs `body` with a scene and a source database, which is the replica of `tenant_a`.
func withTenant(encoding: String = "UTF8", _ body: (Scene, ReplicatedDatabase) async throws -> Void) async throws {
    try await inTurn {
        try await withStandbyDatabase(encoding: encoding) { source in
            try await withScene { scene in
                try await scene.addTenant("tenant_a", source.standby)
                try await body(scene, source)
            }
        }
    }
}

extension RunResult {
    /// `tenant report day outcome rows`, a line a day; for a failure its code and SQLSTATE instead of rows.
    var lines: [String] {
        days.map { day in
            let end = day.error.map { [$0.code, $0.sqlstate].compactMap { $0 }.joined(separator: " ") } ?? day.rows.map { "\($0)" } ?? ""
            return "\(day.tenant) \(day.report) \(day.day) \(day.outcome.rawValue) \(end)"
        }
    }
}
