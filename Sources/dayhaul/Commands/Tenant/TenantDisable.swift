import ArgumentParser
import Warehouse

struct TenantDisable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Stops reading tenants; their days stay readable.",
        discussion: "No plan has their days, and naming one of them is an error, until dayhaul tenant enable.")

    @OptionGroup var tenants: TenantsArgument
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Say what would be changed, and change nothing.")
    var dryRun = false

    func run() async throws { try await Self.set(tenants, enabled: false, dryRun: dryRun, global) }

    static func set(_ names: TenantsArgument, enabled: Bool, dryRun: Bool, _ global: GlobalOptions) async throws {
        let tenants = try await Settings(global).warehouse().withSession { session in
            let selected = try await names.selected(session)
            if !dryRun { try await TenantCatalogue.setEnabled(enabled, selected.map(\.name), session) }
            return selected.map { tenant in
                var tenant = tenant
                tenant.isEnabled = enabled
                return tenant
            }
        }
        if global.json { return try StandardOutput.writeJSON(tenants.map { TenantChange($0) }) }
        for name in tenants.map(\.name) {
            switch (dryRun, enabled) {
            case (true, _): StandardOutput.print("would \(enabled ? "enable" : "disable") tenant \(name)")
            case (false, true): StandardOutput.print("tenant \(name) is enabled; the next run reads the days that it missed")
            case (false, false): StandardOutput.print("tenant \(name) is disabled")
            }
        }
    }
}
