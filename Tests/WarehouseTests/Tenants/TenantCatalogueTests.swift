import Clusters
import Postgres
import TestKit
import Testing
import Warehouse

@Suite("The tenants", .timeLimit(.minutes(2)))
struct TenantCatalogueTests {
    @Test(
        "a plain password inserted with SQL is refused with a hint",
        arguments: ["hunter2", "", "dayhaul1:", "dayhaul1:0123456789abcdef:not base64!"])
    func refusesPlainPasswords(_ password: String) async throws {
        try await withWarehouse { scene in
            let error = await #expect(throws: PostgresError.self) {
                try await scene.warehouse.withSession {
                    try await $0.query(
                        "INSERT INTO _wh.tenant_connections (tenant_name, host, dbname, username, password) VALUES ('t', 'h', 'd', 'u', $1)",
                        [password])
                }
            }
            #expect(error?.sqlstate?.code == "23514")
            #expect(error?.hint?.contains("dayhaul tenant add") == true)
            #expect(password.count < 5 || error?.description.contains(password) == false)
        }
    }

    @Test("are read back as they were added and changed, in the order of their names")
    func roundTrip() async throws {
        try await withWarehouse { scene in
            let names = ["b", #"O"Brien's Café \ %s"#, "A", String(repeating: "n", count: 63)]
            for name in names { try await scene.addTenant(name) }
            try await scene.warehouse.withSession { session in
                #expect(try await TenantCatalogue.all(session).map(\.name).sorted() == names.sorted())
                var tenant = try await TenantCatalogue.named("b", session)
                #expect(try tenant.passwordSource(scene.keys) == .value(Secret("secret of b")))
                tenant.host = "replica.example"
                tenant.schema = "reports"
                tenant.isEnabled = false
                tenant.maximumStreams = 7
                tenant.stallSeconds = 20
                tenant.tls = TLS(mode: .verifyCA, authorities: "/tmp/ca.pem")
                try tenant.seal(.command("cat pw"), with: scene.keys)
                try await TenantCatalogue.update(tenant, session)
                let read = try await TenantCatalogue.named("b", session)
                #expect(read.host == "replica.example" && read.schema == "reports" && !read.isEnabled && read.maximumStreams == 7)
                #expect(read.stallSeconds == 20)
                #expect(read.tls == tenant.tls)
                #expect(try read.passwordSource(scene.keys) == .command("cat pw"))
            }
        }
    }

    @Test("are added once, each to a schema that is no other's")
    func unique() async throws {
        try await withWarehouse { scene in
            try await scene.addTenant("a")
            let again = await #expect(throws: WarehouseError.self) { try await scene.addTenant("a") }
            #expect(again?.code == .tenantExists)
            let taken = await #expect(throws: WarehouseError.self) { try await scene.addTenant("b", schema: "a") }
            #expect(taken?.code == .nameTaken)
            let unknown = await #expect(throws: WarehouseError.self) {
                try await scene.warehouse.withSession { _ = try await TenantCatalogue.named("c", $0) }
            }
            #expect(unknown?.code == .unknownTenant && unknown?.hint == "there are a")
        }
    }

    @Test(
        "have no schema that is the system's or the control schema, neither when added nor when changed",
        arguments: ["public", "_wh", "pg_x", "information_schema"])
    func reservedSchemas(_ schema: String) async throws {
        try await withWarehouse { scene in
            let added = await #expect(throws: WarehouseError.self) { try await scene.addTenant("a", schema: schema) }
            #expect(added?.code == .invalidName)
            var tenant = try await scene.addTenant("b")
            tenant.schema = schema
            let changed = tenant
            let error = await #expect(throws: WarehouseError.self) {
                try await scene.warehouse.withSession { try await TenantCatalogue.update(changed, $0) }
            }
            #expect(error?.code == .invalidName)
        }
    }

    @Test("have no name and no schema that would not be shown as one line, whoever writes the row")
    func controlCharacters() async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            for name in ["x\ny", "x\u{1b}[31m", "x\u{85}", "x\u{2028}"] {
                var changed = tenant
                changed.schema = name
                let schema = #expect(throws: WarehouseError.self) { try TenantCatalogue.checkNames(of: changed) }
                #expect(schema?.code == .invalidName)
                for column in ["tenant_name", "target_schema"] {
                    let error = await #expect(throws: ClusterError.self) {
                        try await scene.database.psql(
                            "SET ROLE :\"admin\"; UPDATE _wh.tenant_connections SET \(column) = :'name'",
                            variables: ["admin": scene.warehouse.roles.admin, "name": name])
                    }
                    #expect(error?.sqlstate == "42602")
                }
            }
        }
    }
}
