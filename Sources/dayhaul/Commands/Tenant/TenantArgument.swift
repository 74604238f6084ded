import ArgumentParser
import Ingest
import Postgres
import Warehouse

/// The argument of commands about one tenant.
struct TenantArgument: ParsableArguments {
    @Argument(help: "The tenant's name.", completion: .custom { _, _, _ in await Completion.tenants() })
    var name: String
}

/// The argument of commands about several tenants.
struct TenantsArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Tenants, or patterns such as 'eu_*'.", valueName: "name"),
        completion: .custom { _, _, _ in await Completion.tenants() })
    var names: [String]

    /// Those that are meant, disabled ones included. Throws `unknownTenant` for a pattern that fits none.
    func selected(_ connection: Connection) async throws -> [Tenant] {
        try Selection(tenants: names).tenants(among: try await TenantCatalogue.all(connection))
    }
}
