import ArgumentParser
import Warehouse

struct TenantReader: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reader", abstract: "Makes a role that reads some tenants and no others.",
        discussion: """
            The role is made when it is missing, and may log in once somebody gives it a password. It reads the views of its tenants, days and \
            reports to come included; public views and public.warehouse_freshness show it the rows of its tenants and no others.

            While there is such a reader, public views ask what their caller may read. --remove takes tenants from a reader again.

              dayhaul tenant reader north tenant_a tenant_b
              dayhaul tenant reader north tenant_b --remove
            """)

    @Argument(help: "The role.")
    var role: String

    @Argument(help: ArgumentHelp("Tenants by name.", valueName: "tenant"), completion: .custom { _, _, _ in await Completion.tenants() })
    var tenants: [String]

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Take the tenants from the role.")
    var remove = false

    @Flag(help: "Say what the role would read, and change nothing.")
    var dryRun = false

    private struct Document: Encodable {
        let role: String
        let tenants: [String]
        let isNew: Bool
    }

    func run() async throws {
        let reader = try await Settings(global).warehouse().withSession { session in
            switch (remove, dryRun) {
            case (false, false): try await LimitedReader.add(tenants, to: role, session)
            case (false, true): try await LimitedReader.adding(tenants, to: role, session)
            case (true, false): try await LimitedReader.remove(tenants, from: role, session)
            case (true, true): try await LimitedReader.removing(tenants, from: role, session)
            }
        }
        if global.json {
            return try StandardOutput.writeJSON(Document(role: reader.role, tenants: reader.tenants, isNew: reader.isNew))
        }
        let would = dryRun ? "would read" : "reads"
        guard !reader.tenants.isEmpty else { return StandardOutput.print("\(role) \(would) no tenant any more; the role itself stays") }
        StandardOutput.print("\(role) \(would) \(reader.tenants.joined(separator: ", ")) and no other tenant")
        if reader.isNew {
            StandardOutput.print("it is a new role without a password: ALTER ROLE … PASSWORD, or what pg_hba.conf asks of it")
        }
    }
}
