import ArgumentParser
import Warehouse

struct TenantDrop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Removes a tenant and exactly what the engine made for it.",
        discussion: """
            Asks for the tenant's name again, or takes it from --confirm. Day tables, their parents and views go; a schema goes when \
            nothing else is left in it. A view of somebody else's that depends on them stops it, and is named.
            """)

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The tenant's name once more.", valueName: "name"))
    var confirm: String?

    @Flag(help: "Say what would be removed, and remove nothing.")
    var dryRun = false

    func run() async throws {
        let warehouse = try await Settings(global).warehouse()
        let removal = try await warehouse.withSession { try await TenantRemoval.plan(tenant.name, $0) }
        if dryRun {
            return global.json
                ? try StandardOutput.writeJSON(removal.objects) : print((["would remove:"] + removal.objects).joined(separator: "\n  "))
        }
        var name = confirm
        if name == nil, TerminalInput.isTerminal {
            name = try TerminalInput.line("this removes \(removal.objects.count) tables and views of \(tenant.name). Type its name again: ")
        }
        guard name == tenant.name else {
            throw ValidationError("the name was not repeated: give --confirm \(tenant.name)")
        }
        try await warehouse.withSession { try await removal.carryOut($0) }
        if global.json { return try StandardOutput.writeJSON(removal.objects) }
        print("dropped tenant \(tenant.name) with \(removal.objects.count) tables and views")
    }
}
