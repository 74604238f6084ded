import Clusters
import Postgres
import TestKit
import Warehouse

extension WarehouseScene {
    private static let password = "of a login"

    /// The roles that people and tools log in as: whadmin, phood_rw, phood_ro.
    var people: [String] { [warehouse.roles.admin, warehouse.roles.writer, warehouse.roles.reader] }

    /// Gives roles a password to log in with.
    func admit(_ roles: String...) async throws {
        for role in roles {
            try await database.psql(
                "ALTER ROLE :\"role\" PASSWORD :'password'", variables: ["role": role, "password": Self.password])
        }
    }

    /// Runs SQL in a session of one of the admitted roles, with its password over TCP.
    @discardableResult
    func psql(loggedInAs role: String, _ sql: String, variables: [String: String] = [:]) async throws -> String {
        try await database.psql(sql, user: role, password: Self.password, variables: variables)
    }

    /// The SQLSTATE that a statement ends with in such a session; "00000" when it is done.
    func sqlstate(ofLogin role: String, _ sql: String) async throws -> String {
        do {
            try await psql(loggedInAs: role, sql)
            return "00000"
        } catch let error as ClusterError where error.code == .sqlFailed {
            return error.sqlstate ?? error.message
        }
    }

    /// A text with the names of this scene's roles and database in place of the usual ones.
    func named(_ text: String) -> String {
        let roles = warehouse.roles
        let names = ["dayhaul": roles.engine, "whadmin": roles.admin, "phood_rw": roles.writer, "phood_ro": roles.reader]
        return names.reduce(text) { $0.replacing("<\($1.key)>", with: "\"\($1.value)\"") }
    }
}

/// Runs `body` with a warehouse whose owner is no superuser, whose people can log in, and which has a tenant, a report and two days of it, and
/// a table of phood_rw's.
func withPeople(_ body: (WarehouseScene) async throws -> Void) async throws {
    try await withDatabase(on: .warehouse) { database in
        try await withOwner(of: database, "CREATEROLE") { warehouse in
            _ = try await ControlSchema.install(in: warehouse)
            try await withDirectory { directory in
                try KeyRing.create(at: "\(directory)/key")
                let scene = WarehouseScene(database: database, warehouse: warehouse, keys: try KeyRing(contentsOf: "\(directory)/key"))
                try await scene.admit(scene.warehouse.roles.admin, scene.warehouse.roles.writer, scene.warehouse.roles.reader)
                let target = try await scene.ensure(try await scene.report("foodlogstats"), for: try await scene.addTenant("tenant_a"))
                for day in ["2025-09-24", "2025-09-25"] { try await scene.publish(DayContent(day, ids: [1, 2]), to: target) }
                try await scene.psql(loggedInAs: warehouse.roles.writer, "CREATE TABLE phood.notes AS SELECT 'theirs' AS note")
                try await body(scene)
            }
        }
    }
}

/// Runs `body` with a database that belongs to a login of its own, and the warehouse as that login reaches it.
func withOwner(
    of database: TestDatabase, _ attributes: String, ownsDatabase: Bool = true, _ body: (Warehouse) async throws -> Void
) async throws {
    let owner = "owner_\(database.database)"
    try await database.psql(
        "CREATE ROLE :\"owner\" LOGIN NOSUPERUSER \(attributes) PASSWORD 'owner';"
            + (ownsDatabase ? "ALTER DATABASE :\"database\" OWNER TO :\"owner\";" : ""),
        variables: ["owner": owner, "database": database.database])
    let conninfo = "host=\(database.host) port=\(database.port) dbname=\(database.database) user=\(owner) password=owner"
    try await body(Warehouse(try ConnectionParameters(conninfo: conninfo), roles: .own(of: database)))
}
