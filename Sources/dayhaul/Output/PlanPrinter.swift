import Ingest
import PostgresBinary
import Reports
import Warehouse

/// Shows a plan: for people days of the same kind together, in JSON each by itself.
enum PlanPrinter {
    private struct Document: Encodable {
        let days: [Day]
        let leftOut: [LeftOut]
    }

    private struct LeftOut: Encodable {
        let tenant: String
        let report: String
        let from: String
        let to: String
        let reason: String

        init(_ days: Plan.LeftOut) {
            tenant = days.tenant
            report = days.report
            from = days.days.lowerBound.description
            to = days.days.upperBound.description
            reason =
                switch days.reason {
                case .dropped: "dropped"
                case .skipped: "no such day in its time zone"
                }
        }
    }

    private struct Day: Encodable {
        let tenant: String
        let report: String
        let schema: String
        let day: String
        let reason: String
        let knownRows: Int?
    }

    static func print(_ plan: Plan, json: Bool) throws {
        SharedSource.warn(among: plan.parts.map(\.tenant))
        if json {
            let days = plan.parts.flatMap { part in
                part.days.map {
                    Day(
                        tenant: part.tenant.name, report: part.report.name, schema: part.tenant.schema, day: $0.day.description,
                        reason: $0.reason.rawValue, knownRows: $0.knownRows)
                }
            }
            return try StandardOutput.writeJSON(Document(days: days, leftOut: plan.leftOut.map { LeftOut($0) }))
        }
        for error in plan.unusable { StandardError.write("dayhaul: \(error)\n") }
        for days in plan.leftOut { StandardError.write("\(days)\n") }
        guard plan.dayCount > 0 else {
            if !plan.leftOut.isEmpty { return Swift.print("nothing to do") }
            return Swift.print("nothing to do: there is no enabled tenant with a report (dayhaul tenant list, dayhaul report list)")
        }
        var table = TextTable(("tenant", .left), ("report", .left), ("days", .right), ("from", .left), ("to", .left), ("why", .left))
        for part in plan.parts {
            for run in runs(part.days) {
                guard let first = run.first, let last = run.last else { continue }
                table.add(
                    part.tenant.name, part.report.name, String(run.count), first.day.description, last.day.description,
                    first.reason.rawValue)
            }
        }
        Swift.print(table.text)
        let slices = plan.parts.reduce(0) { $0 + $1.slices.count }
        Swift.print("\(Quantity.of(plan.dayCount, "day")) in \(Quantity.of(slices, "slice")); nothing was written")
    }

    /// Consecutive days for the same reason.
    private static func runs(_ days: [PlannedDay]) -> [[PlannedDay]] {
        days.reduce(into: []) { runs, day in
            if let last = runs.last?.last, last.reason == day.reason, last.day + 1 == day.day {
                runs[runs.count - 1].append(day)
            } else {
                runs.append([day])
            }
        }
    }
}
