import ArgumentParser
import Warehouse

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Coverage, freshness, last runs, and what is running.",
        discussion: """
            One line a tenant and report: the days there are, gaps between the first of them and today, days that were read before the \
            replica had all of them (provisional), days that were published with warnings of the report's expectations, and when a day was last read. Then the last ten runs, the newest first.
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let status = try await Settings(global).warehouse().withSession { try await WarehouseStatus.read($0) }
        if global.json { return try StandardOutput.writeJSON(status) }
        guard !status.coverage.isEmpty else {
            return print("there is no tenant, or no report, yet: dayhaul tenant list, dayhaul report list")
        }
        print(Self.coverage(status.coverage).text)
        print("")
        print(status.runs.isEmpty ? "no run yet" : Self.runs(status.runs).text)
    }

    private static func coverage(_ rows: [WarehouseStatus.Coverage]) -> TextTable {
        var table = TextTable(
            ("tenant", .left), ("report", .left), ("days", .right), ("from", .left), ("to", .left), ("gaps", .right),
            ("provisional", .right), ("warnings", .right),
            ("rows", .right), ("last read", .left))
        for row in rows {
            table.add(
                row.tenant + (row.enabled ? "" : " (disabled)"), row.report, Quantity.count(row.days), row.firstDay ?? "–",
                row.lastDay ?? "–",
                String(row.gaps), String(row.provisional), String(row.warnings), Quantity.count(row.rows),
                row.checkedAt.map { String($0.prefix(19)) } ?? "never")
        }
        return table
    }

    private static func runs(_ rows: [WarehouseStatus.Run]) -> TextTable {
        var table = TextTable(
            ("run", .right), ("kind", .left), ("started", .left), ("took", .right), ("days", .right), ("failed", .right), ("rows", .right),
            ("outcome", .left))
        for row in rows {
            let outcome = row.outcome ?? (row.isRunning ? "running" : "ended without a word")
            table.add(
                String(row.run), row.kind, String(row.startedAt.prefix(19)),
                row.outcome == nil && !row.isRunning ? "" : Quantity.seconds(row.seconds),
                "\(row.finished)/\(row.planned)", String(row.failed), row.rows.map(Quantity.count) ?? "",
                row.error.map { "\(outcome): \($0)" } ?? outcome)
        }
        return table
    }
}
