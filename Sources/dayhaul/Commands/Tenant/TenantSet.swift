import ArgumentParser
import Warehouse

struct TenantSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Changes a tenant's connection or password.",
        discussion: """
            What is not given stays. The sealed password is bound to host, port, database and user, and is sealed again for the new ones; \
            --reseal seals it with the first key of the key file, which is how keys are rotated.

            The days of a tenant come from one database system. When its replica turns out to belong to another, nothing is read until \
            --accept-source says that this is meant.

              dayhaul tenant set tenant_a --host replica2.example
              dayhaul tenant set tenant_a --accept-source
              dayhaul tenant set tenant_a --password-stdin < new-pw
            """)

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var password: PasswordOptions
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Seal the password again with the key file's first key.")
    var reseal = false

    @Flag(help: "Connect, and take the database system that answers for the tenant's from here on.")
    var acceptSource = false

    @Flag(help: "Say what the tenant would be, and change nothing.")
    var dryRun = false

    func run() async throws {
        let settings = try await Settings(global)
        let keys = try settings.keys()
        let given = try password.source()
        let (changed, source) = try await settings.warehouse().withSession { session in
            let before = try await TenantCatalogue.named(tenant.name, session)
            var after = before
            connection.apply(to: &after)
            if after.schema != before.schema {
                throw WarehouseError(
                    .tenantHasData, "a tenant's schema cannot be changed yet", hint: "drop the tenant and add it with --schema")
            }
            let source = if let given { given } else { try before.passwordSource(keys) }
            try after.seal(source, with: keys)
            let answer = acceptSource ? try await TenantTester.test(after, keys) : nil
            if !dryRun {
                try await TenantCatalogue.update(after, session)
                if let answer { try await SourceRegister.accept(try answer.knownPosition(), of: after.name, session) }
            }
            return (after, answer)
        }
        if global.json { return try StandardOutput.writeJSON(TenantDocument(changed)) }
        if let source { print(source.summary) }
        print(dryRun ? "would change tenant \(changed.name)" : "changed tenant \(changed.name); next: dayhaul tenant test \(changed.name)")
    }
}

struct TenantDisable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Stops reading a tenant; its days stay readable.",
        discussion: "No plan has its days, and naming it is an error, until dayhaul tenant enable.")

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Say what would be changed, and change nothing.")
    var dryRun = false

    func run() async throws { try await Self.set(tenant.name, enabled: false, dryRun: dryRun, global) }

    static func set(_ name: String, enabled: Bool, dryRun: Bool, _ global: GlobalOptions) async throws {
        let tenant = try await Settings(global).warehouse().withSession { session in
            var tenant = try await TenantCatalogue.named(name, session)
            tenant.isEnabled = enabled
            if !dryRun { try await TenantCatalogue.update(tenant, session) }
            return tenant
        }
        if global.json { return try StandardOutput.writeJSON(TenantDocument(tenant)) }
        if dryRun { return print("would \(enabled ? "enable" : "disable") tenant \(name)") }
        print(enabled ? "tenant \(name) is enabled; the next run reads the days that it missed" : "tenant \(name) is disabled")
    }
}

struct TenantEnable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Reads a tenant again; the days missed are in the next plan.")

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Say what would be changed, and change nothing.")
    var dryRun = false

    func run() async throws { try await TenantDisable.set(tenant.name, enabled: true, dryRun: dryRun, global) }
}
