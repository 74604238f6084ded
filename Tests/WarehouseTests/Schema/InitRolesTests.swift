import Postgres
import TestKit
import Testing
import Warehouse

@Suite("The roles that init finds", .timeLimit(.minutes(2)))
struct InitRolesTests {
    private func withPrepared(_ sql: String, _ body: (Warehouse) async throws -> Void) async throws {
        try await withDatabase(on: .warehouse) { database in
            try await withOwner(of: database, "CREATEROLE") { warehouse in
                let roles = warehouse.roles
                try await database.psql(
                    "CREATE ROLE \(roles.engine); CREATE ROLE \(roles.admin) LOGIN; CREATE ROLE \(roles.reader) LOGIN;"
                        + sql.replacing("<engine>", with: roles.engine).replacing("<admin>", with: roles.admin).replacing(
                            "<reader>", with: roles.reader))
                try await body(warehouse)
            }
        }
    }

    @Test(
        "are refused when they are, or can become, more than they may",
        arguments: [
            "ALTER ROLE <admin> SUPERUSER", "ALTER ROLE <admin> CREATEROLE", "ALTER ROLE <reader> CREATEDB",
            "ALTER ROLE <reader> REPLICATION",
            "GRANT <engine> TO <admin>", "GRANT <engine> TO <reader>", "GRANT pg_monitor TO <admin>", "GRANT pg_read_all_data TO <reader>",
            "GRANT pg_execute_server_program TO <admin>", "GRANT <admin> TO <reader>",
        ])
    func refuses(_ sql: String) async throws {
        try await withPrepared(sql) { warehouse in
            let error = await #expect(throws: WarehouseError.self) { try await ControlSchema.install(in: warehouse) }
            #expect(error?.code == .unsafeRole, "\(error?.description ?? "")")
            #expect(error?.hint?.contains("REVOKE") == true)
        }
    }

    @Test("are refused when everybody may create in public and init cannot change that")
    func publicSchema() async throws {
        try await withPrepared(
            "ALTER SCHEMA public OWNER TO CURRENT_USER; GRANT CREATE ON SCHEMA public TO PUBLIC; GRANT USAGE, CREATE ON SCHEMA public TO <engine> WITH GRANT OPTION"
        ) { warehouse in
            let error = await #expect(throws: WarehouseError.self) { try await ControlSchema.install(in: warehouse) }
            #expect(error?.code == .unsafeRole || error?.code == .missingPrivilege, "\(error?.description ?? "")")
        }
    }

    @Test("may leave a schema to phood_rw that was there before, and make no other")
    func otherSchema() async throws {
        try await withDatabase(on: .warehouse) { database in
            try await withOwner(of: database, "CREATEROLE") { owned in
                var roles = owned.roles
                roles.writerSchema = "Their own"
                let warehouse = Warehouse(owned.parameters, roles: roles)
                try await database.psql(
                    "CREATE ROLE \(roles.writer) LOGIN; CREATE SCHEMA \"Their own\" AUTHORIZATION \(roles.writer); CREATE TABLE \"Their own\".t (i int);"
                        + "ALTER TABLE \"Their own\".t OWNER TO \(roles.writer)")
                for _ in 0..<2 { _ = try await ControlSchema.install(in: warehouse) }
                let found = try await database.psql(
                    """
                    SELECT has_table_privilege('\(roles.reader)', '"Their own".t', 'SELECT'), to_regnamespace('phood') IS NULL,
                        pg_has_role('owner_\(database.database)', '\(roles.writer)', 'MEMBER')
                    """)
                #expect(found == "t|t|f")
            }
        }
    }
}
