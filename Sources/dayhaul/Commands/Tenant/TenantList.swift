import ArgumentParser
import Ingest
import Postgres
import Warehouse

struct TenantList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists all tenants, the disabled ones included.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let tenants = try await Settings(global).warehouse().withSession { try await TenantCatalogue.all($0) }
        if global.json { return try StandardOutput.writeJSON(tenants.map(TenantDocument.init)) }
        guard !tenants.isEmpty else {
            return StandardOutput.print(
                "there are no tenants yet: dayhaul tenant add NAME --host … --dbname … --username … --password-stdin")
        }
        var table = TextTable(("tenant", .left), ("source", .left), ("user", .left), ("schema", .left), ("tls", .left), ("enabled", .left))
        for tenant in tenants {
            table.add(
                tenant.name, "\(tenant.host):\(tenant.port)/\(tenant.database)", tenant.user, tenant.schema, tenant.tls.mode.rawValue,
                tenant.isEnabled ? "yes" : "no")
        }
        StandardOutput.print(table.text)
    }
}

struct TenantShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a tenant's connection and limits; its password is never shown.")

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let settings = try await Settings(global)
        let (tenant, position, seen) = try await settings.warehouse().withSession { session in
            (
                try await TenantCatalogue.named(self.tenant.name, session), try await SourceRegister.all(session)[self.tenant.name],
                try await SourceRegister.lastSeen(self.tenant.name, session)
            )
        }
        let usualStall = Int(ConnectionParameters.Deadlines().progress / .seconds(1))
        var document = TenantDocument(tenant)
        document.password = TenantDocument.Password(tenant, try? settings.keys())
        document.position = position.map { TenantDocument.Position($0, seen) }
        if global.json { return try StandardOutput.writeJSON(document) }
        StandardOutput.print(
            """
            name           \(document.name)
            host           \(document.host)
            port           \(document.port)
            dbname         \(document.dbname)
            username       \(document.username)
            password       \(document.password?.text ?? "")
            sslmode        \(document.sslmode)
            ca file        \(document.caFile ?? "the system's authorities")
            authentication \(document.allowPasswordAuth ? "SCRAM-SHA-256, or the password itself" : "SCRAM-SHA-256 only")
            schema         \(document.schema)
            enabled        \(document.enabled ? "yes" : "no")
            max streams    \(document.maxStreams.map { String($0) } ?? "the default, \(settings.limits.streamsPerReplica)")
            stall seconds  \(document.stallSeconds.map { String($0) } ?? "the default, \(usualStall)")
            last position  \(document.position?.text ?? "none: it was not read yet, or does not tell")
            """)
    }
}
