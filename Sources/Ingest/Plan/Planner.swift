public import Postgres
public import PostgresBinary
public import Reports
public import Warehouse

/// Makes plans from the ledger. Reads the warehouse only.
public enum Planner {
    /// Which days.
    public enum Days: Sendable, Equatable {
        /// From the first to the last, both included.
        case range(CalendarDate, CalendarDate)
        /// What the nightly batch does: today, yesterday, the late-data window, gaps, provisional days, changed reports.
        case due
    }

    /// Throws `unknownTenant` or `unknownReport` for a selection that fits nothing, and `PlanError`.
    public static func plan(
        _ days: Days, _ selection: Selection, sliceDays: Int, _ connection: Connection
    ) async throws -> Plan {
        let tenants = try await tenants(selection, connection)
        let (reports, unusable) = try await reports(selection, connection)
        var parts: [Plan.Part] = []
        for tenant in tenants {
            for report in reports {
                if let part = try await part(days, tenant, report, sliceDays: sliceDays, connection) { parts.append(part) }
            }
        }
        return Plan(parts: parts, unusable: unusable, identity: try await identity(days, selection, connection))
    }

    /// What is to be read of one tenant's report; nil when it is nothing.
    public static func part(
        _ days: Days, _ tenant: Tenant, _ report: ReportDefinition, sliceDays: Int, _ connection: Connection
    ) async throws -> Plan.Part? {
        let today = try await WarehouseCalendar.today(in: report.timeZone, connection)
        let planned = try await plannedDays(days, tenant, report, today: today, connection)
        guard !planned.isEmpty else { return nil }
        var slices: [Plan.Slice] = []
        // A query about a window gives no day before it has given all.
        let isWindow = report.native == nil && report.query.span == .window
        for run in consecutive(planned, atMost: isWindow ? min(sliceDays, 10) : sliceDays) {
            guard let first = run.first?.day, let last = run.last?.day else { continue }
            let bounds = try await WarehouseCalendar.bounds(from: first, to: last + 1, in: report.timeZone, connection)
            slices.append(Plan.Slice(days: run, bounds: bounds))
        }
        return Plan.Part(tenant: tenant, report: report, slices: slices.reversed())
    }

    private static func identity(_ days: Days, _ selection: Selection, _ connection: Connection) async throws -> String {
        let span = if case .range(let first, let last) = days { "\(first) to \(last)" } else { "what is due" }
        return try await identity("\(span), tenants \(selection.tenants), reports \(selection.reports)", connection)
    }

    /// For people too: it stands in the run log and in the footers of spill files.
    static func identity(_ asked: String, _ connection: Connection) async throws -> String {
        let warehouse = try await connection.query("SELECT value FROM _wh.settings WHERE name = 'warehouse_id'").scalar ?? ""
        return "\(asked), warehouse \(warehouse)"
    }

    /// The enabled tenants that are selected; one that was named and is disabled is an error.
    public static func tenants(_ selection: Selection, _ connection: Connection) async throws -> [Tenant] {
        let selected = try selection.tenants(among: try await TenantCatalogue.all(connection))
        if let disabled = selected.first(where: { !$0.isEnabled && selection.tenants.contains($0.name) }) {
            throw WarehouseError(.unknownTenant, "tenant \(disabled.name) is disabled", hint: "dayhaul tenant enable \(disabled.name)")
        }
        return selected.filter(\.isEnabled)
    }

    /// The selected reports, and those that cannot be used as they are written. One that was asked for by its name must be usable.
    public static func reports(_ selection: Selection, _ connection: Connection) async throws -> (
        usable: [ReportDefinition], unusable: [PlanError]
    ) {
        let all = try await ReportCatalogue.all(connection)
        let selected = Set(try selection.reports(among: all.map(\.name)))
        var usable: [ReportDefinition] = []
        var unusable: [PlanError] = []
        for entry in all
        where selected.contains(entry.name) && (entry.isEnabled || selection.reports.contains(entry.name)) {
            do {
                usable.append(try entry.definition.get())
            } catch let error as ReportError {
                let error = PlanError(code: .unusableReport, message: "report \(entry.name): \(error.message)", hint: error.hint)
                if selection.reports.contains(entry.name) { throw error }
                unusable.append(error)
            }
        }
        return (usable, unusable)
    }

    private static func plannedDays(
        _ days: Days, _ tenant: Tenant, _ report: ReportDefinition, today: CalendarDate, _ connection: Connection
    ) async throws -> [PlannedDay] {
        let schema = tenant.schema
        let window: (first: CalendarDate, last: CalendarDate)
        switch days {
        case .range(let first, let last):
            try check(first, last, today: today)
            window = (first, last)
        case .due:
            let late = today - report.lateDays
            window = (min(try await Ledger.firstDay(schema: schema, report: report.name, connection) ?? late, late, today - 1), today)
        }
        let known = try await Ledger.days(schema: schema, report: report.name, from: window.first, to: window.last, connection)
        return (0...window.first.distance(to: window.last)).compactMap { offset in
            let day = window.first + offset
            let reason = reason(for: day, known[day], days, report, today: today)
            return reason.map { PlannedDay(day: day, reason: $0, knownRows: known[day]?.rows, knownDigest: known[day]?.digest(of: report)) }
        }
    }

    /// Nil when the day need not be read.
    private static func reason(
        for day: CalendarDate, _ known: LedgerEntry?, _ days: Days, _ report: ReportDefinition, today: CalendarDate
    ) -> PlannedDay.Reason? {
        guard let known else { return .missing }
        if known.reportVersion != report.version { return .changedReport }
        if day == today { return .today }
        if known.isProvisional { return .provisional }
        if case .range = days { return .asked }
        if day == today - 1 { return .yesterday }
        return day >= today - report.lateDays ? .late : nil
    }

    private static func check(_ first: CalendarDate, _ last: CalendarDate, today: CalendarDate) throws {
        guard first <= last else {
            throw PlanError(code: .invalidRange, message: "--from \(first) is after --to \(last)", hint: "both days are included")
        }
        guard last <= today else {
            throw PlanError(
                code: .invalidRange, message: "--to \(last) is after today, \(today)", hint: "a day can be read once it has begun")
        }
        guard first.distance(to: last) < 3660 else {
            throw PlanError(
                code: .invalidRange, message: "the days from \(first) to \(last) are more than ten years", hint: "ingest a part at a time")
        }
    }

    /// Runs of days without a gap, none longer than a slice may be.
    static func consecutive(_ days: [PlannedDay], atMost limit: Int) -> [[PlannedDay]] {
        var runs: [[PlannedDay]] = []
        for day in days {
            if let last = runs.last, let previous = last.last, previous.day + 1 == day.day, last.count < max(limit, 1) {
                runs[runs.count - 1].append(day)
            } else {
                runs.append([day])
            }
        }
        return runs
    }
}
