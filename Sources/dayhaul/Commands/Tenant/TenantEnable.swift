import ArgumentParser

struct TenantEnable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Reads tenants again; the days missed are in the next plan.")

    @OptionGroup var tenants: TenantsArgument
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Say what would be changed, and change nothing.")
    var dryRun = false

    func run() async throws { try await TenantDisable.set(tenants, enabled: true, dryRun: dryRun, global) }
}
