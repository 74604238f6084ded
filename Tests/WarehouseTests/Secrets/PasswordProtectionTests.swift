import Glibc
import Postgres
import TestKit
import Testing

@testable import Warehouse

@Suite("What a sealed password is bound to", .timeLimit(.minutes(2)))
struct PasswordProtectionTests {
    private func withKeys(_ body: (KeyRing, String) async throws -> Void) async throws {
        try await withDirectory { directory in
            try KeyRing.create(at: "\(directory)/key")
            try await body(try KeyRing(contentsOf: "\(directory)/key"), directory)
        }
    }

    private func tenant(_ keys: KeyRing) throws -> Tenant {
        var tenant = Tenant(name: "a", host: "h", port: 5432, database: "d", user: "u", tls: TLS(authorities: "/ca.pem"))
        try tenant.seal(.value(Secret("the password")), with: keys)
        return tenant
    }

    /// A change by SQL, and what may not follow from it.
    private static let changes = [
        "host = 'evil.example'", "port = 5433", "dbname = 'e'", "username = 'v'", "sslmode = 'disable'", "sslmode = 'require'",
        "ca_file = '/tmp/mine.pem'", "ca_file = NULL", "allow_password_auth = true",
    ]

    @Test("is where it is sent, and how that is protected: changed by SQL, it does not open (fault 82)", arguments: changes)
    func changed(_ change: String) async throws {
        try await withKeys { keys, _ in
            try await withWarehouse { scene in
                let before = try tenant(keys)
                try await scene.warehouse.withSession { try await TenantCatalogue.add(before, $0) }
                try await scene.whadmin("UPDATE _wh.tenant_connections SET \(change)")
                let after = try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
                let error = #expect(throws: WarehouseError.self) { try after.passwordSource(keys) }
                #expect(error?.code == .cannotUnseal && error?.hint?.contains("dayhaul tenant set a --password-stdin") == true)
                await #expect(throws: WarehouseError.self) {
                    try await scene.warehouse.withSession { try await TenantCatalogue.reseal("a", keys, $0) }
                }
            }
        }
    }

    @Test("is the password's own protection: it may go out as it is over verified TLS only, whoever says so")
    func verified() async throws {
        try await withKeys { keys, _ in
            try await withWarehouse { scene in
                let tenant = try tenant(keys)
                try await scene.warehouse.withSession { try await TenantCatalogue.add(tenant, $0) }
                let refused = await #expect(throws: ClusterError.self) {
                    try await scene.whadmin("UPDATE _wh.tenant_connections SET sslmode = 'require', allow_password_auth = true")
                }
                #expect(refused?.sqlstate == "23514")
            }
        }
    }

    @Test("was less before: such a one is opened to be sealed anew, by init or by --reseal, and for nothing else")
    func olderForm() async throws {
        try await withKeys { keys, _ in
            try await withWarehouse { scene in
                var tenant = try tenant(keys)
                let sealed = try keys.seal(PasswordSource.value(Secret("the password")).sealedText, for: ["a", "h", "5432", "d", "u"])
                tenant.sealedPassword = sealed.replacing("dayhaul2:", with: "dayhaul1:")
                // The form cannot be chosen by whoever may write the table.
                for forged in [sealed, try self.tenant(keys).sealedPassword.replacing("dayhaul2:", with: "dayhaul1:")] {
                    var other = tenant
                    other.sealedPassword = forged
                    #expect(throws: WarehouseError.self) { try other.passwordSource(keys) }
                    #expect(throws: WarehouseError.self) { try other.passwordSourceToReseal(keys) }
                }
                let added = tenant
                let error = #expect(throws: WarehouseError.self) { try added.passwordSource(keys) }
                #expect(error?.hint?.contains("dayhaul tenant set --reseal a") == true)
                try await scene.warehouse.withSession { session in
                    try await TenantCatalogue.add(added, session)
                    let (resealed, closed) = try await TenantCatalogue.resealOlderForms(keys, session)
                    #expect(resealed == ["a"] && closed.isEmpty)
                    let after = try await TenantCatalogue.named("a", session)
                    #expect(try after.passwordSource(keys) == .value(Secret("the password")))
                    #expect(try await TenantCatalogue.resealOlderForms(keys, session).resealed.isEmpty)
                }
            }
        }
    }

    @Test("comes from regular files: a FIFO or a device is refused at once, as key file and as file of authorities")
    func files() async throws {
        try await withKeys { keys, directory in
            mkfifo("\(directory)/fifo", 0o600)
            let start = ContinuousClock.now
            for path in ["\(directory)/fifo", "/dev/zero", directory] {
                let key = #expect(throws: WarehouseError.self) { try KeyRing(contentsOf: path) }
                #expect(key?.code == .keyFile && key?.message.contains("is not a regular file") == true, "\(path)")
                for mode in [TLS.Mode.require, .verifyCA, .verifyFull] {
                    let error = #expect(throws: PostgresError.self) {
                        try ConnectionParameters(
                            host: "h", port: 1, database: "d", user: "u", password: Secret("p"), tls: TLS(mode: mode, authorities: path))
                    }
                    #expect(error?.message.contains("it is not a regular file") == true, "\(path)")
                }
            }
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }
}
