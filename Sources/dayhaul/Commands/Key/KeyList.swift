import ArgumentParser
import Ingest
import Warehouse

struct KeyList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the keys of the key file, which one seals, and how many tenants' passwords each one opens.",
        discussion: "A key's id says nothing about the key. Passwords that none of them opens are named on standard error.")

    @OptionGroup var global: GlobalOptions

    private struct Document: Encodable {
        struct Key: Encodable {
            let id: String
            let seals: Bool
            let tenants: [String]
        }

        let keyFile: String
        let keys: [Key]
        /// Tenants whose passwords do not open.
        let closed: [TenantChange]
    }

    func run() async throws {
        let settings = try await Settings(global)
        let keys = try settings.keys()
        let use = KeyUse.of(keys, try await settings.warehouse().withSession { try await TenantCatalogue.all($0) })
        let closed = use.closed.map { TenantChange($0.tenant, $0.error) }
        if global.json {
            let keys = use.keys.map { Document.Key(id: $0.id, seals: $0.seals, tenants: $0.tenants) }
            return try StandardOutput.writeJSON(Document(keyFile: try settings.keyFile, keys: keys, closed: closed))
        }
        var table = TextTable(("key", .left), ("seals", .left), ("opens", .right))
        for key in use.keys { table.add(key.id, key.seals ? "yes" : "", String(key.tenants.count)) }
        StandardOutput.print(table.text)
        for tenant in closed { StandardError.write("\(tenant.tenant): \(tenant.error.map { "\($0)" } ?? "")\n") }
    }
}
