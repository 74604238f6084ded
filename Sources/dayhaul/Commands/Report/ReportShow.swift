import ArgumentParser
import Reports
import Warehouse

struct ReportShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract:
            "Shows a report: its query, columns, keys, indexes, expectations, and the days that tenants have of it.")

    @Argument(help: "The report's name.", completion: .custom { _, _, _ in await Completion.reports() })
    var name: String

    @OptionGroup var global: GlobalOptions

    private struct Document: Encodable {
        let report: ReportDocument
        let enabled: Bool
        let query: String
        let columnDefinitions: String
        let indexes: String
        let expectations: String
        let targets: [ReportCatalogue.Target]
    }

    func run() async throws {
        let (entry, targets) = try await Settings(global).warehouse().withSession { session in
            (try await ReportCatalogue.named(name, session), try await ReportCatalogue.targets(of: name, session))
        }
        if global.json {
            return try StandardOutput.writeJSON(
                Document(
                    report: ReportDocument(entry), enabled: entry.isEnabled, query: entry.query,
                    columnDefinitions: entry.columnDefinitions,
                    indexes: entry.indexes, expectations: entry.expectations, targets: targets))
        }
        StandardOutput.print("\(entry.name): \(entry.description)\(entry.isEnabled ? "" : " (disabled)")")
        switch entry.definition {
        case .success(let definition): show(definition)
        case .failure(let error):
            StandardOutput.print("cannot be used: \(error)\n\ncolumns:\n\(entry.columnDefinitions)")
        }
        StandardOutput.print("\nquery:\n\(entry.query.trimmingLineEnds)")
        if !entry.indexes.isEmpty { StandardOutput.print("\nindexes:\n\(entry.indexes.trimmingLineEnds)") }
        if entry.expectations != "[]" { StandardOutput.print("\nexpectations:\n\(entry.expectations)") }
        show(targets)
    }

    private func show(_ definition: ReportDefinition) {
        StandardOutput.print("a day is [00:00, 24:00) in \(definition.timeZone) by \(definition.columns[definition.dayColumn].name)")
        StandardOutput.print("late rows are looked for \(Quantity.of(definition.lateDays, "day")) back")
        StandardOutput.print(
            definition.native.map { "runs as the native report \($0.name), version \($0.version)" }
                ?? "runs its query, once a \(definition.query.span == .day ? "day" : "slice of days")")
        var table = TextTable(("column", .left), ("type", .left), ("", .left))
        for column in definition.columns {
            table.add(column.name, column.type.name, definition.keyColumns.contains(column.name) ? "key" : "")
        }
        StandardOutput.print("\n\(table.text)")
    }

    private func show(_ targets: [ReportCatalogue.Target]) {
        guard !targets.isEmpty else { return StandardOutput.print("\nno tenant has days of it yet: dayhaul report check \(name)") }
        var table = TextTable(
            ("tenant", .left), ("schema", .left), ("days", .right), ("from", .left), ("to", .left), ("last read", .left)
        )
        for target in targets {
            table.add(
                target.tenant, target.schema, Quantity.count(target.days), target.firstDay ?? "", target.lastDay ?? "",
                target.lastRead ?? "")
        }
        StandardOutput.print("\n\(table.text)")
    }
}

extension String {
    /// Without line ends at both ends.
    fileprivate var trimmingLineEnds: String {
        String(drop(while: \.isNewline).reversed().drop(while: \.isNewline).reversed())
    }
}
