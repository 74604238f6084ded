import ArgumentParser
import Warehouse

struct TenantMoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Moves a tenant's days, views and grants to another schema.",
        discussion: """
            Readers see all days all the time, and views of others that read them go on. schema_name in the public views \
            is the new schema then. Views and parents are moved first, then the tables of the days, a hundred in a \
            transaction. Until the last is there, the tenant is not loaded. Interrupted, the same command goes on where \
            it was.

            A tenant that has days of one report in two schemas is counted twice in the public view, and dayhaul status \
            names it. Moved to one of the two with --drop-copy, days that only the other schema has are moved, and those \
            that both have are dropped there.

              dayhaul tenant move tenant_a --schema reports --dry-run
              dayhaul tenant move tenant_a --schema tenant_a --drop-copy
            """)

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("The schema to move it to; made when it is missing.", valueName: "name"))
    var schema: String

    @Flag(help: "Drop days of other schemas that this schema has too.")
    var dropCopy = false

    @Flag(help: "Say what would be moved and dropped, and change nothing.")
    var dryRun = false

    private struct Document: Encodable {
        let tenant: String
        let schema: String
        let days: Int
        let copies: Int
        let parts: [TenantMove.Part]
    }

    func run() async throws {
        let move = try await Settings(global).warehouse().withSession { session in
            let move = try await TenantMove.plan(tenant.name, to: schema, session)
            // A dry run shows what there is before it is decided what becomes of copies.
            if dryRun { return move }
            try await move.carryOut(session, dropsCopies: dropCopy)
            return move
        }
        if global.json {
            return try StandardOutput.writeJSON(
                Document(
                    tenant: move.tenant, schema: move.schema, days: move.days, copies: move.copies, parts: move.parts))
        }
        guard !move.isDone else {
            return StandardOutput.print("tenant \(move.tenant) has the schema \(move.schema) already; nothing was moved")
        }
        StandardOutput.print(
            "\(dryRun ? "would move" : "moved") tenant \(move.tenant) to schema \(move.schema): "
                + Quantity.of(move.days, "day")
        )
        for part in move.parts { StandardOutput.print("  \(part.line(move.schema))") }
        if dryRun { try move.check(dropsCopies: dropCopy) }
    }
}

extension TenantMove.Part {
    /// For people.
    fileprivate func line(_ schema: String) -> String {
        var line = "\(report) from \(self.schema): \(Quantity.of(days - copies, "day")) moved"
        if copies > 0 {
            line += ", \(Quantity.of(copies, "day")) dropped, which \(schema) has too"
            if differingCopies > 0 {
                line += " (\(Quantity.count(differingCopies)) with other rows: those of \(schema) stay)"
            }
        }
        return line
    }
}
