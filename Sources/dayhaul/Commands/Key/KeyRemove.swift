import ArgumentParser
import Warehouse

struct KeyRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Takes a key out of the key file, once no tenant's password is sealed with it.",
        discussion: "Dumps of the control schema from before the last password was sealed again need the key: keep the old file with them.")

    @Argument(help: "The key's id, as dayhaul key list shows it.", completion: .custom { _, _, _ in await Completion.keys() })
    var id: String

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Say what would be removed, and remove nothing.")
    var dryRun = false

    func run() async throws {
        let settings = try await Settings(global)
        let keyFile = try settings.keyFile
        let changed = try settings.keys().removingKey(id)
        let tenants = try await settings.warehouse().withSession { try await TenantCatalogue.all($0) }
        try KeyRing.checkUnused(id, by: tenants)
        if !dryRun { try KeyRing.change(fileAt: keyFile) { (keys) throws(WarehouseError) in try keys.removingKey(id) } }
        if global.json {
            return try StandardOutput.writeJSON(KeyChangeDocument(keyFile: keyFile, keys: changed.ids, removed: id))
        }
        let rest = changed.ids.joined(separator: ", ")
        StandardOutput.print("\(dryRun ? "would remove" : "removed") key \(id) from \(keyFile), which then holds \(rest)")
    }
}
