import ArgumentParser
import Postgres
import SQLText
import Warehouse

struct TenantAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds a tenant: where its replica is, and how to log in there.",
        discussion: """
            The password is sealed with the key file before it is stored. It comes from a file or from standard input, never from an \
            argument; or it is looked up each time: a command that prints it, a file or a variable that holds it.

            The tenant is connected to before it is added. On its server it needs a login role that may SELECT what the reports read, \
            and no more.

              dayhaul tenant add tenant_a --host replica.example --dbname production \\
                      --username reader --password-file pw --ca-file rds.pem
              dayhaul tenant add tenant_b --host 10.0.0.7 --dbname production \\
                      --username reader --secret-command 'cat /run/secrets/tenant_b'
            """)

    @Argument(help: "The tenant's name, also that of its schema unless --schema is given.")
    var name: String

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var password: PasswordOptions
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Add it even though it cannot be reached now.")
    var noTest = false

    @Flag(help: "Say what would be added, and add nothing.")
    var dryRun = false

    func run() async throws {
        guard let host = connection.host, let database = connection.dbname, let user = connection.username else {
            throw ValidationError("a tenant needs --host, --dbname and --username")
        }
        guard let source = try password.source() else {
            throw ValidationError("a tenant needs one of \(PasswordOptions.names)")
        }
        let settings = try await Settings(global)
        let keys = try settings.keys()
        var tenant = Tenant(
            name: name, host: host, port: connection.port ?? 5432, database: database, user: user,
            tls: TLS(mode: connection.sslmode ?? .verifyFull, authorities: connection.caFile), schema: connection.schema)
        tenant.maximumStreams = connection.maxStreams
        tenant.stallSeconds = connection.stallSeconds
        tenant.allowsPasswordAuthentication = connection.allowPasswordAuth ?? false
        try ConnectionOptions.check(tenant)
        try TenantCatalogue.checkNames(of: tenant)
        try tenant.seal(source, with: keys)
        // What can be wrong about the parameters is wrong with --no-test too.
        _ = try ConnectionParameters(
            host: host, port: tenant.port, database: database, user: user, password: Secret("unused"), tls: tenant.tls)
        let test = noTest ? nil : try await TenantTester.test(tenant, keys)
        let added = tenant
        try await settings.warehouse().withSession { session in
            if !dryRun { try await TenantCatalogue.add(added, session) }
            SharedSource.warn(about: added, among: try await TenantCatalogue.all(session))
        }
        if global.json { return try StandardOutput.writeJSON(TenantDocument(tenant)) }
        if let test { StandardOutput.print(test.summary) }
        StandardOutput.print(dryRun ? "would add tenant \(name)" : "added tenant \(name); next: dayhaul plan --tenant \(Shell.word(name))")
    }
}
