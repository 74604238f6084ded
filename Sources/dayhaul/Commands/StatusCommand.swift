import ArgumentParser
import Warehouse

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Coverage, freshness, last runs, what is running and what waits.",
        discussion: """
            One line a tenant and report: the days there are, the days that are missing since the report's first day (gaps; dayhaul day first), \
            days that were read before the \
            replica had all of them (provisional), days that were published with warnings of the report's expectations, and when a day was last read. Then the last ten runs, the newest first, and what waits in the queue for a dayhaul worker.
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let status = try await Settings(global).warehouse().withSession { try await WarehouseStatus.read($0) }
        if global.json { return try StandardOutput.writeJSON(status) }
        guard !status.coverage.isEmpty else {
            return StandardOutput.print("there is no tenant, or no report, yet: dayhaul tenant list, dayhaul report list")
        }
        StandardOutput.print(Self.coverage(status.coverage).text)
        for days in status.elsewhere { StandardOutput.print(days.description) }
        StandardOutput.print("")
        StandardOutput.print(status.runs.isEmpty ? "no run yet" : Self.runs(status.runs).text)
        StandardOutput.print("")
        StandardOutput.print(Self.queue(status.queue))
    }

    private static func queue(_ queue: QueueStatus) -> String {
        var parts: [String] = []
        if queue.waiting > 0 {
            parts.append("\(queue.waiting) waiting" + (queue.oldestWaitingSeconds.map { ", the oldest for \(Quantity.seconds($0))" } ?? ""))
        }
        if queue.running > 0 { parts.append("\(queue.running) running") }
        if parts.isEmpty { parts.append("empty") }
        parts.append(queue.workers == 0 ? "no worker" : Quantity.of(queue.workers, "worker"))
        var line = "queue: " + parts.joined(separator: ", ")
        if queue.waiting + queue.running > 0, queue.workers == 0 { line += ": start dayhaul worker" }
        if queue.failedLastDay > 0 {
            line += "; \(Quantity.of(queue.failedLastDay, "request")) failed in the last 24 hours: SELECT * FROM _wh.requests"
        }
        return line
    }

    private static func coverage(_ rows: [WarehouseStatus.Coverage]) -> TextTable {
        var table = TextTable(
            ("tenant", .left), ("report", .left), ("days", .right), ("from", .left), ("to", .left), ("gaps", .right),
            ("provisional", .right), ("warnings", .right),
            ("rows", .right), ("last read", .left))
        for row in rows {
            table.add(
                row.tenant + (row.tenantEnabled ? "" : " (disabled)"), row.report + (row.reportEnabled ? "" : " (disabled)"),
                Quantity.count(row.days), row.firstDay ?? "–",
                row.lastDay ?? "–",
                row.gapsFrom.map { "\(Quantity.count(row.gaps)) since \($0)" } ?? "0", String(row.provisional), String(row.warnings),
                Quantity.count(row.rows),
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
