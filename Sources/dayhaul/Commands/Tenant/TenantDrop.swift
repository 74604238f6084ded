import ArgumentParser
import SQLText
import Warehouse

struct TenantDrop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Removes a tenant and exactly what the engine made for it.",
        discussion: """
            Asks for the tenant's name again, or takes it from --confirm. Day tables, their parents and views go; a schema goes when \
            nothing else is left in it. Views of others that read them, directly or through other views, stop it and are named; with \
            --with-dependents exactly those go too.

            The tenant is disabled and leaves all views at once; its tables go a few at a time. Interrupted, the same command goes on where it \
            was.
            """)

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The tenant's name once more.", valueName: "name"))
    var confirm: String?

    @Flag(help: "Drop the views of others, too, that read the tenant's tables and views.")
    var withDependents = false

    @Flag(help: "Say what would be removed, and remove nothing.")
    var dryRun = false

    private struct Document: Encodable {
        struct Dependent: Encodable {
            let name: String
            let materialized: Bool
            let owner: String
        }

        let tenant: String
        let dependents: [Dependent]
        let objects: [String]
    }

    func run() async throws {
        let settings = try await Settings(global)
        let warehouse = try settings.warehouse()
        let removal = try await warehouse.withSession { try await TenantRemoval.plan(tenant.name, $0) }
        try removal.check(withDependents: withDependents)
        if !dryRun {
            try confirm(removal)
            let progress = BatchProgress("tables", isQuiet: settings.logLevel < .info)
            try await warehouse.withSession { session in
                try await removal.carryOut(session, withDependents: withDependents) { progress.note($0, of: $1) }
            }
        }
        if global.json {
            let dependents = removal.dependents.map { Document.Dependent(name: $0.title, materialized: $0.isMaterialized, owner: $0.owner) }
            return try StandardOutput.writeJSON(Document(tenant: tenant.name, dependents: dependents, objects: removal.objects))
        }
        guard dryRun else { return StandardOutput.print("dropped tenant \(tenant.name) with \(removal.extent)") }
        StandardOutput.print((["would remove:"] + removal.dependents.map(\.line) + removal.objects).joined(separator: "\n  "))
    }

    private func confirm(_ removal: TenantRemoval) throws {
        if confirm == nil, TerminalInput.isTerminal {
            for view in removal.dependents { StandardError.write("  \(view.line)\n") }
        }
        try Confirmation.require(
            tenant.name, given: confirm, "removes \(removal.extent)",
            command: "dayhaul tenant drop \(Shell.word(tenant.name))" + (withDependents ? " --with-dependents" : ""))
    }
}

extension TenantRemoval {
    /// How much goes.
    fileprivate var extent: String {
        let views = dependents.count == 1 ? "1 view" : "\(dependents.count) views"
        return "\(objects.count) tables and views" + (dependents.isEmpty ? "" : ", and \(views) of others")
    }
}

extension DependentView {
    /// For people.
    fileprivate var line: String { "\(title) (a \(isMaterialized ? "materialized view" : "view") of \(owner))" }
}
