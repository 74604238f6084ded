import Postgres
import TestKit
import Testing

@Suite("A secret")
struct SecretTests {
    @Test("shows itself only when it is asked to")
    func hidden() throws {
        let secret = Secret("tell-nobody")
        var dumped = ""
        dump([secret], to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), String(describing: Optional(secret)), dumped] {
            #expect(!text.contains("tell-nobody"))
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
        #expect(secret.revealed == "tell-nobody")
    }

    @Test("stays hidden within connection parameters, of tenants and of operators")
    func parameters() throws {
        let tenant = try ConnectionParameters(host: "h", port: 1, database: "d", user: "u", password: Secret("tell-nobody"), tls: TLS())
        let keywords = try ConnectionParameters(conninfo: "host=h user=u password=tell-nobody sslpassword=tell-nobody")
        let address = try ConnectionParameters(conninfo: "postgresql://u:tell-nobody@h/d")
        for parameters in [tenant, keywords, address] {
            var dumped = ""
            dump(parameters, to: &dumped)
            #expect(!dumped.contains("tell-nobody"))
            #expect(!"\(parameters)".contains("tell-nobody"))
            #expect(!parameters.endpoint.contains("tell-nobody"))
        }
    }

    @Test(
        "is not repeated when a connection string cannot be parsed",
        arguments: ["password='tell-nobody", "tell-nobody", "postgresql://u:tell-nobody@[h"])
    func unparsed(conninfo: String) throws {
        let error = try #require(throws: PostgresError.self) { try ConnectionParameters(conninfo: conninfo) }
        #expect(error.code == .invalidParameters)
        #expect(!error.description.contains("tell-nobody"))
    }
}
