import ArgumentParser
import Ingest
import Reports
import Warehouse

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Registers, changes, shows and tries reports.",
        discussion: """
            A report is a row of _wh.mv_templates: a query for a day, its columns and the indexes of a day's table. It is added with a command or with \
            SQL:

              dayhaul report add waste_by_reason.sql
              dayhaul sql template-foodlogstats | psql "$DAYHAUL_WAREHOUSE"
              dayhaul report check foodlogstats --day 2025-09-24
            """,
        subcommands: [
            ReportList.self, ReportShow.self, ReportCheck.self, ReportAdd.self, ReportSet.self, ReportRenameCommand.self, ReportDrop.self,
            ReportEnable.self, ReportDisable.self,
        ])
}

struct ReportList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists templates and native reports, and what is wrong with those that cannot be used.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let entries = try await Settings(global).warehouse().withSession { try await ReportCatalogue.all($0) }
        if global.json { return try StandardOutput.writeJSON(entries.map(ReportDocument.init)) }
        var table = TextTable(
            ("report", .left), ("columns", .right), ("day column", .left), ("zone", .left), ("late days", .right),
            ("runs", .left),
            ("", .left))
        for document in entries.map(ReportDocument.init) {
            table.add(
                document.name + (document.enabled ?? true ? "" : " (disabled)"),
                document.columns.map { String($0.count) } ?? "", document.dayColumn ?? "", document.timeZone ?? "",
                document.lateDays.map { String($0) } ?? "", document.native.map { "native \($0)" } ?? "its query",
                document.error.map { "cannot be used: \($0)" } ?? document.description)
        }
        StandardOutput.print(
            entries.isEmpty
                ? "there are no reports yet: dayhaul sql template-foodlogstats | psql \"$DAYHAUL_WAREHOUSE\"" : table.text)
        StandardOutput.print("native reports in this program: \(AnyNativeReport.all.map(\.name).joined(separator: ", "))")
    }
}

struct ReportCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Tries a report against tenants without loading anything.",
        discussion: """
            Reads one day, yesterday unless --day is given, and tries it in the warehouse in transactions that are \
            rolled back. What would keep a load, a publish or the public view from succeeding is found now: columns and \
            types, also those of days that are loaded, keys, indexes, expectations, permissions. Columns whose source has \
            another type are named, with how they become the declared one. A native report is compared with its SQL \
            template row for row.

              dayhaul report check foodlogstats --tenant tenant_a --day 2025-09-24
            """)

    @Argument(help: "The report's name.", completion: .custom { _, _, _ in await Completion.reports() })
    var name: String

    @Option(
        help: ArgumentHelp("A tenant or a pattern; repeatable.", valueName: "name"),
        completion: .custom { _, _, _ in await Completion.tenants() })
    var tenant: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The day to read: \(DayArgument.forms).", valueName: "day"), transform: DayArgument.parse)
    var day: RequestedDay?

    @OptionGroup var global: GlobalOptions

    private struct Document: Encodable {
        let tenant: String
        let result: ReportTrial?
        let error: Failure?
    }

    func run() async throws {
        let settings = try await Settings(global)
        let keys = try settings.keys()
        let spill = try settings.spillDirectory()
        let documents = try await settings.warehouse().withSession { session in
            let report = try await Planner.reports(Selection(reports: [name]), session).usable[0]
            let today = try await WarehouseCalendar.today(in: report.timeZone, session)
            let day = (day ?? .daysAgo(1)).resolved(today: today)
            var documents: [Document] = []
            for tenant in try await Planner.tenants(Selection(tenants: tenant), session) {
                do {
                    let trial = try await ReportTrial.run(
                        report, on: tenant, day: day, keys: keys, spill: spill, session)
                    documents.append(Document(tenant: tenant.name, result: trial, error: nil))
                } catch let error where !(error is CancellationError) {
                    documents.append(Document(tenant: tenant.name, result: nil, error: Failure(error, on: .source)))
                }
            }
            return documents
        }
        if global.json { try StandardOutput.writeJSON(documents) } else { documents.forEach(Self.print) }
        let failed = documents.filter { $0.error != nil || $0.result?.nativeEqualsTemplate == false }.count
        if failed > 0 { throw failed == documents.count ? ExitStatus.failed : ExitStatus.partial }
    }

    private static func print(_ document: Document) {
        guard let trial = document.result else {
            return StandardError.write("\(document.tenant): \(document.error.map { "\($0)" } ?? "")\n")
        }
        let equality =
            trial.nativeEqualsTemplate.map { $0 ? ", equal to its SQL template" : ", NOT EQUAL to its SQL template" }
            ?? ""
        Swift.print(
            "\(trial.tenant): \(trial.day) has \(Quantity.count(trial.rows)) rows, read in \(Quantity.seconds(trial.seconds))\(equality)"
        )
        for conversion in trial.conversions { Swift.print("  \(conversion)") }
        for warning in trial.warnings { StandardError.write("\(trial.tenant): warning: \(warning)\n") }
    }
}

/// A report as it is listed.
struct ReportDocument: Encodable {
    struct Column: Encodable {
        let name: String
        let type: String
    }

    let name: String
    let description: String
    var columns: [Column]?
    var dayColumn: String?
    var timeZone: String?
    var lateDays: Int?
    var keyColumns: [String]?
    var native: String?
    /// Whether runs read it; of `report list`.
    var enabled: Bool?
    var error: String?

    init(_ entry: ReportCatalogue.Entry) {
        switch entry.definition {
        case .success(let definition): self.init(definition)
        case .failure(let error): self.init(name: entry.name, description: entry.description, error: "\(error)")
        }
        enabled = entry.isEnabled
    }

    private init(name: String, description: String, error: String) {
        self.name = name
        self.description = description
        self.error = error
    }

    init(_ definition: ReportDefinition) {
        name = definition.name
        description = definition.description
        columns = definition.columns.map { Column(name: $0.name, type: $0.type.name) }
        dayColumn = definition.columns[definition.dayColumn].name
        timeZone = definition.timeZone
        lateDays = definition.lateDays
        keyColumns = definition.keyColumns
        native = definition.native?.name
    }
}
