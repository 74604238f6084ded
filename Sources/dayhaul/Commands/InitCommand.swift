import ArgumentParser
import Glibc
import Warehouse

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Creates or upgrades the control schema and the roles; safe to repeat.",
        discussion: """
            Makes the schema _wh, the roles that own, operate and read the warehouse, and the key file when it is missing. Works for a \
            role with CREATEROLE that owns the database; no superuser is needed.

            Keep the key file: without it tenants' passwords do not open, and have to be set again. Where tenants are there and the key \
            file is not, init makes no new one unless it is told to with --new-key.

            Roles that may create something in public, in _wh or in a tenant's schema, and are not the engine's, are named, each with the \
            statement that takes that from them.
            """)

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Make a key file even though the passwords of tenants were sealed with another: they have to be set again.")
    var newKey = false

    @Flag(help: "Say what would be made, and make nothing.")
    var dryRun = false

    private struct Document: Encodable {
        let versionBefore: Int?
        let version: Int
        let keyFile: String
        let keyCreated: Bool
        /// Who else may create something in the engine's schemas; nil where nobody looked.
        var strangers: [Stranger]?

        struct Stranger: Encodable {
            let schema, role, statement, runAs: String
        }
    }

    func run() async throws {
        let settings = try await Settings(global)
        let keyFile = try settings.keyFile
        let isMissing = access(keyFile, F_OK) != 0
        if dryRun { return try await describe(settings, keyIsMissing: isMissing) }
        let installation = try await ControlSchema.install(in: settings.warehouse())
        if isMissing {
            try await refuseNewKey(settings)
            try KeyRing.create(at: keyFile)
        }
        let keys = try settings.keys()
        let (resealed, closed) = try await settings.warehouse().withSession { try await TenantCatalogue.resealOlderForms(keys, $0) }
        let strangers = try await settings.warehouse().withSession { try await SchemaStranger.all($0) }
        for (tenant, error) in closed { StandardError.write("dayhaul: tenant \(tenant): \(error)\n") }
        for stranger in strangers {
            StandardError.write(
                "dayhaul: \(stranger.role) may create something in the schema \(stranger.schema); as \(stranger.grantedBy): \(stranger.mend);\n"
            )
        }
        if global.json {
            return try StandardOutput.writeJSON(
                Document(
                    versionBefore: installation.before, version: installation.after, keyFile: keyFile, keyCreated: isMissing,
                    strangers: strangers.map { .init(schema: $0.schema, role: $0.role, statement: $0.mend, runAs: $0.grantedBy) }))
        }
        switch installation.before {
        case nil: StandardOutput.print("made the control schema _wh, version \(installation.after), and the warehouse's roles")
        case installation.after?: StandardOutput.print("the control schema _wh is at version \(installation.after) already")
        case let before?: StandardOutput.print("upgraded the control schema _wh from version \(before) to \(installation.after)")
        }
        if !resealed.isEmpty {
            StandardOutput.print("sealed again \(Quantity.of(resealed.count, "password")), with how the connection is protected")
        }
        if isMissing { StandardOutput.print("made the key file \(keyFile): keep a copy of it in a safe place") }
        if installation.before == nil {
            StandardOutput.print("next: dayhaul tenant add NAME --host … --dbname … --username … --password-stdin")
        }
    }

    private func refuseNewKey(_ settings: Settings) async throws {
        let tenants = try await settings.warehouse().withSession { try await TenantCatalogue.all($0).count }
        guard tenants == 0 || newKey else {
            throw WarehouseError(
                .keyFile, "the key file \(try settings.keyFile) is missing, and the passwords of \(tenants) tenants are sealed with it",
                hint: "restore it from your copy; or dayhaul init --new-key, then dayhaul tenant set NAME --password-stdin for each")
        }
    }

    private func describe(_ settings: Settings, keyIsMissing: Bool) async throws {
        let before = try await ControlSchema.installedVersion(in: settings.warehouse())
        if global.json {
            return try StandardOutput.writeJSON(
                Document(
                    versionBefore: before, version: ControlSchema.currentVersion, keyFile: try settings.keyFile, keyCreated: keyIsMissing))
        }
        switch before {
        case nil:
            StandardOutput.print("would make the control schema _wh, version \(ControlSchema.currentVersion), and the warehouse's roles")
        case ControlSchema.currentVersion?:
            StandardOutput.print("the control schema _wh is at version \(ControlSchema.currentVersion) already")
        case let before?:
            StandardOutput.print("would upgrade the control schema _wh from version \(before) to \(ControlSchema.currentVersion)")
        }
        if keyIsMissing { StandardOutput.print("would make the key file \(try settings.keyFile)") }
    }
}
