import CrashPoints
public import Postgres
import SQLText

/// The `_wh` schema: its versions, and how a warehouse gets to the newest.
public enum ControlSchema {
    /// Applied in order, each once; a file that was released is never changed.
    private static let migrations: [[UInt8]] = [
        PackageResources.V001__control_schema_sql,
        PackageResources.V002__views_sql,
        PackageResources.V003__guards_and_limits_sql,
        PackageResources.V004__day_buckets_sql,
        PackageResources.V005__monitoring_sql,
        PackageResources.V006__limited_readers_sql,
        PackageResources.V007__queue_sql,
        PackageResources.V008__targets_sql,
        PackageResources.V009__functions_sql,
        PackageResources.V010__waiting_sql,
        PackageResources.V011__names_sql,
        PackageResources.V012__days_sql,
        PackageResources.V013__failures_sql,
        PackageResources.V014__types_sql,
        PackageResources.V015__password_protection_sql,
        PackageResources.V016__search_path_sql,
        PackageResources.V017__shown_names_sql,
    ]

    /// The version that this program works with.
    public static var currentVersion: Int { migrations.count }

    /// What `install` did.
    public struct Installation: Sendable, Equatable {
        /// Nil when there was none.
        public let before: Int?
        /// Always the program's own.
        public let after: Int
    }

    /// Makes roles and control schema, or upgrades them, in one transaction: killed half-way, the warehouse is what it was.
    ///
    /// Needs CREATEROLE and ownership of the database, no superuser. Throws `tooNew` for a warehouse that a newer program made,
    /// `missingPrivilege` naming what is missing, and `unsafeRole` where the admin, the writer or the reader could become more than they may.
    public static func install(in warehouse: Warehouse) async throws -> Installation {
        try await install(in: warehouse, through: currentVersion)
    }

    /// As `install(in:)`, up to a version that an older program would have made.
    static func install(in warehouse: Warehouse, through last: Int) async throws -> Installation {
        do {
            return try await installed(in: warehouse, through: last)
        } catch let error as PostgresError where error.code == .server && error.sqlstate?.code == "42501" {
            throw WarehouseError(
                .missingPrivilege, "init lacks a privilege: \(error.message)",
                hint: "connect as a role with CREATEROLE that owns the database; a superuser is not needed")
        } catch let error as PostgresError where error.code == .server && error.sqlstate?.code == "0P000" {
            throw WarehouseError(.unsafeRole, error.message, hint: error.hint)
        }
    }

    private static func installed(in warehouse: Warehouse, through last: Int) async throws -> Installation {
        try await Connection.with(warehouse.sessionParameters(asEngine: false)) { connection in
            guard try await connection.query("SELECT pg_is_in_recovery()").scalar != "t" else {
                throw WarehouseError(
                    .readOnly, "\(warehouse.parameters) takes no writes: it is a standby",
                    hint: "connect to the primary: name its host in the connection string")
            }
            return try await connection.transaction {
                // One init at a time.
                try await connection.query("SELECT pg_advisory_xact_lock(hashtextextended('dayhaul.init', 0))")
                try await makeRoles(warehouse.roles, connection)
                try await connection.query("SET LOCAL ROLE \(SQL.identifier(warehouse.roles.engine))")
                let before = try await version(connection)
                if let before, before > currentVersion { throw tooNew(before) }
                for (index, script) in migrations.enumerated().prefix(last).dropFirst(before ?? 0) {
                    try await connection.execute(script: String(decoding: script, as: UTF8.self))
                    try await connection.query("INSERT INTO _wh.schema_version (version) VALUES ($1)", ["\(index + 1)"])
                }
                CrashPoint.schemaMigrated.reach()
                // Grants what the newest version has.
                if last == currentVersion {
                    try await connection.execute(script: String(decoding: PackageResources.access_sql, as: UTF8.self))
                }
                return Installation(before: before, after: last)
            }
        }
    }

    /// Throws unless the control schema of the session's database is the program's own.
    public static func check(_ connection: Connection) async throws {
        guard let version = try await version(connection) else {
            throw WarehouseError(.notInitialised, "the warehouse is not initialised", hint: "run dayhaul init")
        }
        if version > currentVersion { throw tooNew(version) }
        if version < currentVersion {
            throw WarehouseError(
                .tooOld, "the warehouse has version \(version) of the control schema, this program needs \(currentVersion)",
                hint: "run dayhaul init to upgrade it")
        }
    }

    /// The version that a warehouse has; nil when it has none. Writes nothing.
    public static func installedVersion(in warehouse: Warehouse) async throws -> Int? {
        try await Connection.with(warehouse.sessionParameters(asEngine: false)) { connection in
            do {
                return try await version(connection)
            } catch let error as PostgresError where error.sqlstate?.code == "42501" {
                throw WarehouseError(.missingPrivilege, error.message, hint: "connect as the owner of the database")
            }
        }
    }

    private static func tooNew(_ version: Int) -> WarehouseError {
        WarehouseError(
            .tooNew, "the warehouse has version \(version) of the control schema, this program knows up to \(currentVersion)",
            hint: "use the newer dayhaul")
    }

    private static func version(_ connection: Connection) async throws -> Int? {
        guard try await connection.query("SELECT to_regclass('_wh.schema_version')").scalar != nil else { return nil }
        return try await connection.query("SELECT max(version) FROM _wh.schema_version").scalar.flatMap { Int($0) } ?? 0
    }

    private static func makeRoles(_ roles: Warehouse.Roles, _ connection: Connection) async throws {
        let names = [
            "engine_role": roles.engine, "admin_role": roles.admin, "writer_role": roles.writer, "reader_role": roles.reader,
            "writer_schema": roles.writerSchema,
        ]
        for (setting, name) in names {
            try await connection.query("SELECT set_config($1, $2, true)", ["dayhaul.\(setting)", name])
        }
        try await connection.execute(script: String(decoding: PackageResources.roles_sql, as: UTF8.self))
    }
}
