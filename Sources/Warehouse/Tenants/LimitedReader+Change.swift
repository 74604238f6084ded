public import Postgres
import SQLText

/// How a role becomes a limited reader, and ceases to be one.
extension LimitedReader {
    /// Lets `role` read `tenants`, and makes the role, with LOGIN and no password, when it is missing; all in one transaction.
    ///
    /// Making a role takes CREATEROLE, which the session's login has to have: the engine's role has not. Throws as `adding` does, and
    /// `missingPrivilege`. Public views are replaced when this is the first limited reader, which waits two seconds at most for those who read
    /// them.
    @discardableResult
    public static func add(_ tenants: [String], to role: String, _ connection: Connection) async throws -> LimitedReader {
        try await connection.transaction {
            try await connection.query("SET LOCAL lock_timeout = '2s'")
            let reader = try await adding(tenants, to: role, connection)
            let engine = try await connection.query("SELECT current_user").scalar ?? ""
            try await connection.query("SET LOCAL ROLE NONE")
            try await reader.enterDatabase(connection)
            try await connection.query("SET LOCAL ROLE \(SQL.identifier(engine))")
            try await connection.query(
                "SELECT _wh.add_limited_reader($1, ARRAY(SELECT json_array_elements_text($2)))", [role, json(tenants)])
            return reader
        }
    }

    /// Takes `tenants` from `role`, and with the last one all that it was given. The role itself stays. Throws as `removing` does.
    @discardableResult
    public static func remove(_ tenants: [String], from role: String, _ connection: Connection) async throws -> LimitedReader {
        try await connection.transaction {
            try await connection.query("SET LOCAL lock_timeout = '2s'")
            let reader = try await removing(tenants, from: role, connection)
            try await connection.query(
                "SELECT _wh.remove_limited_reader($1, ARRAY(SELECT json_array_elements_text($2)))", [role, json(tenants)])
            return reader
        }
    }

    /// Everyone may connect and use the schema public, unless that was taken from PUBLIC.
    private func enterDatabase(_ connection: Connection) async throws {
        let name = SQL.identifier(role)
        do {
            if isNew { try await connection.query("CREATE ROLE \(name) LOGIN") }
            let rights = try await connection.query(
                """
                SELECT current_database() AS database, has_database_privilege($1, current_database(), 'CONNECT') AS connects,
                    has_schema_privilege($1, 'public', 'USAGE') AS uses
                """, [role]
            ).rows.first
            if rights?["connects"] != "t" {
                try await connection.query("GRANT CONNECT ON DATABASE \(SQL.identifier(rights?["database"] ?? "")) TO \(name)")
            }
            if rights?["uses"] != "t" { try await connection.query("GRANT USAGE ON SCHEMA public TO \(name)") }
        } catch let error as PostgresError where error.sqlstate?.code == "42501" {
            throw WarehouseError(
                .missingPrivilege, error.message,
                hint: "connect as the login that ran dayhaul init, or have it made with CREATE ROLE \(name) LOGIN first")
        }
    }
}
