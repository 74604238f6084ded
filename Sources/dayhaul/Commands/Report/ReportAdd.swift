import ArgumentParser
import Ingest
import Postgres
import Reports
import SystemPackage
import Warehouse

struct ReportAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Registers a report.",
        usage: "dayhaul report add FILE [--name NAME] [--columns COLUMNS] [<options>]\n"
            + "dayhaul report add --name NAME --query SQL [--columns COLUMNS] [<options>]",
        discussion: """
            A report is a query for a day, its columns, and the indexes of a day's table. The query is one SELECT; FILE holds it, - is standard input. \
            Without --name the report is called what the file is called. Without --columns a tenant's replica is asked what the query returns.

            Nothing is loaded. Try the report next: dayhaul report check.

              dayhaul report add waste_by_reason.sql
              dayhaul report add --name waste_by_reason --late-days 3 --query "
                SELECT action_reason_id, sum(quantity) AS quantity
                FROM phood_foodlogsum
                WHERE logged_time >= '{TARGET_DATE}'::date
                  AND logged_time < '{TARGET_DATE}'::date + 1
                GROUP BY 1"
            """)

    @Argument(
        help: ArgumentHelp("File with the query; - is standard input.", valueName: "file"),
        completion: .file(extensions: ["sql"]))
    var file: String?

    @Option(help: ArgumentHelp("The report's name, and that of its views.", valueName: "name"))
    var name: String?

    @OptionGroup var options: ReportOptions

    @Option(
        help: ArgumentHelp("The tenant that is asked for the columns; the first one without it.", valueName: "name"),
        completion: .custom { _, _, _ in await Completion.tenants() })
    var tenant: String?

    @Flag(help: "Register it disabled: it is read when it is named, and by no nightly run.")
    var disabled = false

    @Flag(help: "Show what would be registered, and change nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (file == nil) != (options.query == nil) else {
            throw ValidationError(
                file == nil
                    ? "give a FILE with the query, or --query" : "give a FILE with the query, or --query and --name, not both")
        }
        guard name != nil || file.map({ $0 != "-" }) ?? false else { throw ValidationError("give the report's --name") }
    }

    func run() async throws {
        let settings = try await Settings(global)
        let name = self.name ?? file.flatMap { FilePath($0).lastComponent?.stem } ?? ""
        var draft = try options.draft(name, queryFrom: file)
        draft.isEnabled = disabled ? false : nil
        let entry = try await settings.warehouse().withSession { session in
            if draft.columns == nil { draft.columns = try await columns(of: draft, settings, session) }
            return try await ReportCatalogue.add(draft, dryRun: dryRun, session)
        }
        if global.json { return try StandardOutput.writeJSON(ReportDocument(entry)) }
        StandardOutput.print("\(dryRun ? "would register" : "registered") report \(name): \(draft.columns ?? "")")
        if !dryRun { StandardOutput.print("next: dayhaul report check \(name)") }
    }

    private func columns(of draft: ReportDraft, _ settings: Settings, _ session: Connection) async throws -> String {
        let tenants = try await Planner.tenants(Selection(tenants: tenant.map { [$0] } ?? []), session)
        guard let tenant = tenants.first else {
            throw WarehouseError(
                .unknownTenant, "there is no tenant to ask for the query's columns",
                hint: "give --columns 'name type, …', or add a tenant with dayhaul tenant add")
        }
        return try await QueryColumns.definitions(
            of: draft.query ?? "", on: tenant, timeZone: draft.timeZone ?? "UTC", keys: try settings.keys(), session)
    }
}

struct ReportSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Changes a report.",
        usage: "dayhaul report set NAME [--file FILE] [--query SQL] [--columns COLUMNS] [<options>]",
        discussion: """
            What is not given stays. When the query, columns, day column, zone or native code change, the days loaded before are read again by the next \
            run. Columns can be added at the end while days are loaded; none can be removed or change its type. Indexes are made on days that \
            are loaded from then on.

              dayhaul report set waste_by_reason --late-days 7
              dayhaul report set waste_by_reason --file waste_by_reason.sql --dry-run
            """)

    @Argument(help: "The report's name.", completion: .custom { _, _, _ in await Completion.reports() })
    var name: String

    @Option(
        help: ArgumentHelp("File with the query; - is standard input.", valueName: "file"),
        completion: .file(extensions: ["sql"]))
    var file: String?

    @OptionGroup var options: ReportOptions

    @Flag(help: "Show what the report would be, and change nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard file == nil || options.query == nil else { throw ValidationError("give --file or --query, not both") }
        guard file != nil || !options.isEmpty else {
            throw ValidationError("nothing to change: give what is to change")
        }
    }

    func run() async throws {
        let settings = try await Settings(global)
        let draft = try options.draft(name, queryFrom: file)
        let (before, after) = try await settings.warehouse().withSession { session in
            let before = try await ReportCatalogue.named(name, session)
            return (before, try await ReportCatalogue.set(draft, dryRun: dryRun, session))
        }
        if global.json { return try StandardOutput.writeJSON(ReportDocument(after)) }
        StandardOutput.print("\(dryRun ? "would change" : "changed") report \(name)")
        if (try? before.definition.get().version) != (try after.definition.get().version) {
            StandardOutput.print("days loaded before are read again by the next run: dayhaul plan --report \(name)")
        }
        if !dryRun { StandardOutput.print("next: dayhaul report check \(name)") }
    }
}
