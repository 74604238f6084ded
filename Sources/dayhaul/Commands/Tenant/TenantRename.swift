import ArgumentParser
import Warehouse

struct TenantRename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Gives a tenant another name; its schema and its days stay where they are.",
        discussion: """
            One transaction: ledger, source and run log follow, and the password, which is bound to the name, is sealed again. In views and \
            in public.warehouse_freshness the tenant goes by its schema, which stays. A run under way publishes the days that it has begun; \
            the tenant's others are for the next run.
            """)

    @Argument(help: "The tenant's name.", completion: .custom { _, _, _ in await Completion.tenants() })
    var old: String

    @Argument(help: "Its new name.")
    var new: String

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Say what the tenant would be, and change nothing.")
    var dryRun = false

    func run() async throws {
        let settings = try await Settings(global)
        let keys = try settings.keys()
        let tenant = try await settings.warehouse().withSession { session in
            dryRun
                ? try await TenantCatalogue.renamed(old, to: new, keys, session)
                : try await TenantCatalogue.rename(old, to: new, keys, session)
        }
        if global.json { return try StandardOutput.writeJSON(TenantDocument(tenant)) }
        StandardOutput.print("\(dryRun ? "would rename" : "renamed") tenant \(old) to \(new); its schema stays \(tenant.schema)")
    }
}
