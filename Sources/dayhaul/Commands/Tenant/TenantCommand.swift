import ArgumentParser

struct TenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant",
        abstract: "Adds, shows, tests and changes tenants.",
        subcommands: [
            TenantAdd.self, TenantList.self, TenantShow.self, TenantTest.self, TenantSet.self, TenantDisable.self, TenantEnable.self,
            TenantDrop.self,
        ])
}

/// The argument of commands about one tenant.
struct TenantArgument: ParsableArguments {
    @Argument(help: "The tenant's name.", completion: .custom { _, _, _ in await Completion.tenants() })
    var name: String
}
