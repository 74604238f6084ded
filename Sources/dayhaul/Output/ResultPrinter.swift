import Ingest

/// Shows what became of a run: a line a tenant and report, then what failed, the cause first.
enum ResultPrinter {
    static func print(_ result: RunResult) {
        if result.totals.days == 0, result.others.isEmpty { return Swift.print("nothing to do") }
        if !result.days.isEmpty { Swift.print(table(result).text) }
        let totals = result.totals
        if result.outcome == .interrupted {
            Swift.print(
                "interrupted: \(result.days.count - totals.failed) of \(totals.days) days were done in \(Quantity.seconds(totals.seconds)), "
                    + "the others are as they were before; run \(result.run)")
            return printFailures(result)
        }
        let rate = totals.seconds > 0 ? Int(Double(totals.rows) / totals.seconds) : 0
        Swift.print(
            "\(result.outcome.rawValue): \(Quantity.count(totals.rows)) rows of \(Quantity.of(totals.days, "day")) in \(Quantity.seconds(totals.seconds)) "
                + "(\(Quantity.count(rate)) rows/s, \(Quantity.bytes(totals.bytes)) read), run \(result.run)")
        printFailures(result)
    }

    private static func table(_ result: RunResult) -> TextTable {
        var table = TextTable(
            ("tenant", .left), ("report", .left), ("loaded", .right), ("merged", .right), ("unchanged", .right), ("skipped", .right),
            ("failed", .right), ("rows", .right))
        let groups = Dictionary(grouping: result.days) { [$0.tenant, $0.report] }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (key, days) in groups {
            func count(_ outcome: DayResult.Outcome) -> String { String(days.filter { $0.outcome == outcome }.count) }
            table.add(
                key[0], key[1], count(.loaded), count(.merged), count(.unchanged), count(.skipped), count(.failed),
                Quantity.count(days.reduce(0) { $0 + ($1.rows ?? 0) }))
        }
        return table
    }

    private static func printFailures(_ result: RunResult) {
        for line in lines(result.days.flatMap { day in (day.notes ?? []).map { (day, $0) } }) { StandardError.write("\(line)\n") }
        let failed = result.days.filter { $0.outcome == .failed }
        for line in lines(failed.map { ($0, $0.error?.description ?? "") }) { StandardError.write("dayhaul: \(line)\n") }
        for failure in result.others { StandardError.write("dayhaul: \(failure)\n") }
        if !failed.isEmpty { StandardError.write("the days that failed are as they were before; run the same command again for them\n") }
    }

    /// Days of a tenant and report of which the same is to be said are one line.
    private static func lines(_ sayings: [(day: DayResult, text: String)]) -> [String] {
        let groups = Dictionary(grouping: sayings) { [$0.day.tenant, $0.day.report, $0.text] }
        return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, sayings in
            let days = sayings.map(\.day.day)
            let span = days.count == 1 ? days[0] : "\(days.count) days, \(days[0]) … \(days[days.count - 1])"
            return "\(key[0]) \(key[1]) \(span): \(key[2])"
        }
    }
}
