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

            Keep the key file: without it tenants' passwords do not open, and have to be set again.
            """)

    @OptionGroup var global: GlobalOptions

    private struct Document: Encodable {
        let versionBefore: Int?
        let version: Int
        let keyFile: String
        let keyCreated: Bool
    }

    func run() async throws {
        let settings = try await Settings(global)
        let installation = try await ControlSchema.install(in: settings.warehouse())
        let isMissing = access(settings.keyFile, F_OK) != 0
        if isMissing { try KeyRing.create(at: settings.keyFile) }
        _ = try settings.keys()
        if global.json {
            return try StandardOutput.writeJSON(
                Document(
                    versionBefore: installation.before, version: installation.after, keyFile: settings.keyFile, keyCreated: isMissing))
        }
        switch installation.before {
        case nil: print("made the control schema _wh, version \(installation.after), and the warehouse's roles")
        case installation.after?: print("the control schema _wh is at version \(installation.after) already")
        case let before?: print("upgraded the control schema _wh from version \(before) to \(installation.after)")
        }
        if isMissing { print("made the key file \(settings.keyFile): keep a copy of it in a safe place") }
        if installation.before == nil { print("next: dayhaul tenant add NAME --host … --dbname … --username … --password-stdin") }
    }
}
