import Postgres
import SQLText
import Warehouse

/// A database that is made for one run and dropped after it, on the warehouse's server but apart from the warehouse: ledger, run log, tables, views and
/// roles are its own.
struct ScratchDatabase: Sendable {
    /// Any database of the server, as a role with CREATEDB and CREATEROLE.
    let server: ConnectionParameters
    /// The database's name, and the beginning of its roles' names.
    let name: String

    /// What tells the databases that a bench made from others of the name.
    private static let comment = "scratch database of dayhaul bench"

    /// The warehouse in it.
    var warehouse: Warehouse {
        var roles = Warehouse.Roles()
        roles.engine = "\(name)_engine"
        roles.admin = "\(name)_admin"
        roles.writer = "\(name)_writer"
        roles.reader = "\(name)_reader"
        roles.writerSchema = "\(name)_own"
        return Warehouse(server.connecting(to: name), roles: roles)
    }

    /// Makes sure that the database can be made: removes one that a bench which was killed has left.
    ///
    /// Throws `scratchExists`, `scratchBusy`, `missingPrivilege` or `pooled`; then nothing was changed.
    func prepare() async throws {
        try await Connection.with(server) { connection in
            guard !connection.isPooled else {
                throw BenchError(
                    .pooled, "a pooler stands before \(server.endpoint): its sessions cannot be measured",
                    hint: "connect to the server itself")
            }
            let able = try await connection.query(
                "SELECT rolsuper OR rolcreatedb AND rolcreaterole FROM pg_roles WHERE rolname = current_user"
            ).scalar
            guard able == "t" else {
                throw BenchError(
                    .missingPrivilege, "bench makes a database and roles of its own on \(server.endpoint), which this login may not",
                    hint: "ALTER ROLE … CREATEDB CREATEROLE, or name another login or server with --target")
            }
            let found = try await connection.query(
                """
                SELECT coalesce(shobj_description(d.oid, 'pg_database'), '') = $2 AS own,
                    (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid) AS sessions
                FROM pg_database d WHERE datname = $1
                """, [name, Self.comment]
            ).rows.first
            guard let found else { return }
            guard try found.value("own") as Bool else {
                throw BenchError(
                    .scratchExists, "\(server.endpoint) has a database \(name), which no bench made: it is left alone",
                    hint: "give the scratch database another name with --scratch")
            }
            guard try found.value("sessions") as Int == 0 else {
                throw BenchError(
                    .scratchBusy, "another bench uses the database \(name) on \(server.endpoint)",
                    hint: "wait for it, or give this one another name with --scratch")
            }
        }
        try await remove()
    }

    /// Makes the database, with the control schema and whatever `fill` puts there as the engine, and drops it when `body` ends, also when the task
    /// was cancelled.
    func use<Result: Sendable>(
        filledBy fill: (Connection) async throws -> Void, _ body: (Warehouse) async throws -> Result
    ) async throws -> Result {
        do {
            try await make()
            try await warehouse.withSession(fill)
            let result = try await body(warehouse)
            try await remove()
            return result
        } catch {
            // A task of its own is not cancelled with this one.
            _ = await Task { try? await remove() }.value
            throw error
        }
    }

    private func make() async throws {
        try await Connection.with(server) { connection in
            try await connection.query("CREATE DATABASE \(SQL.identifier(name)) TEMPLATE template0")
            try await connection.query("COMMENT ON DATABASE \(SQL.identifier(name)) IS \(SQL.literal(Self.comment))")
        }
        _ = try await ControlSchema.install(in: warehouse)
    }

    /// Drops the database and its roles, and ends this login's sessions there; does nothing where there are none.
    ///
    /// Not WITH (FORCE): that needs the right to end an autovacuum worker too, which a plain DROP DATABASE sends away by itself
    /// (CountOtherDBBackends in PostgreSQL's procarray.c).
    func remove() async throws {
        try await Connection.with(server) { connection in
            try await connection.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = current_user", [name])
            try await drop(connection, attempts: 5)
            let roles = warehouse.roles
            for role in [roles.admin, roles.writer, roles.reader, roles.engine] {
                try await connection.query("DROP ROLE IF EXISTS \(SQL.identifier(role))")
            }
        }
    }

    /// The server itself waits five seconds for sessions that end.
    private func drop(_ connection: Connection, attempts: Int) async throws {
        do {
            try await connection.query("DROP DATABASE IF EXISTS \(SQL.identifier(name))")
        } catch let error as PostgresError where error.sqlstate?.code == "55006" && attempts > 1 {
            try await drop(connection, attempts: attempts - 1)
        }
    }
}
