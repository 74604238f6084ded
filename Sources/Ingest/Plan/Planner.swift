public import Postgres
public import PostgresBinary
public import Reports
import SQLText
public import Warehouse

/// Makes plans from the ledger. Reads the warehouse only.
public enum Planner {
    /// Which days.
    public enum Days: Sendable, Equatable {
        /// From the first to the last, both included.
        case range(CalendarDate, CalendarDate)
        /// The same, with days counted back from today, which each report's time zone says.
        case requested(RequestedDay, RequestedDay)
        /// What the nightly batch does: today, yesterday, the late-data window, gaps, provisional days, changed reports.
        case due

        /// The same days, those that are counted back from today as days of the calendar.
        public func resolved(today: CalendarDate) -> Days {
            guard case .requested(let first, let last) = self else { return self }
            return .range(first.resolved(today: today), last.resolved(today: today))
        }
    }

    /// Throws `unknownTenant` or `unknownReport` for a selection that fits nothing, and `PlanError`. A report, or a
    /// report of a tenant, that cannot be planned is in the plan's `unusable`, and keeps none of the others out of it.
    ///
    /// Days that look mistyped are refused unless they are `confirmed`.
    public static func plan(
        _ days: Days, _ selection: Selection, sliceDays: Int, confirmed: Bool = false, _ connection: Connection
    ) async throws -> Plan {
        let tenants = try await tenants(selection, connection)
        var (reports, problems) = try await reports(selection, connection)
        var today: [String: CalendarDate] = [:]
        for zone in Set(reports.map(\.timeZone)) {
            today[zone] = try await WarehouseCalendar.today(in: zone, connection)
        }
        if case .range(let first, let last) = days {
            try check(first, last, today: today.values.max())
            problems += reports.compactMap { late(last, $0, today) }
        }
        if case .requested = days {
            for day in Set(today.values) {
                if case .range(let first, let last) = days.resolved(today: day) { try check(first, last, today: day) }
            }
        }
        var parts: [Plan.Part] = []
        var leftOut: [Plan.LeftOut] = []
        let moving = try await DaysElsewhere.all(connection).filter { days in
            days.isMoving && tenants.contains { $0.name == days.tenant }
        }
        for tenant in tenants where !moving.contains(where: { $0.tenant == tenant.name }) {
            for report in reports {
                guard let today = today[report.timeZone] else { continue }
                do {
                    if !confirmed { try await refuseDoubtful(days.resolved(today: today), tenant, report, connection) }
                    let target = try await target(days, tenant, report, today: today, sliceDays: sliceDays, connection)
                    if let part = target.part { parts.append(part) }
                    leftOut += target.leftOut
                } catch let error where isAboutTarget(error, connection) {
                    let failure = Failure(error, on: .warehouse).about("\(tenant.name) \(report.name)")
                    problems.append(PlanError(code: .unreadableTarget, message: failure.message, hint: failure.hint))
                }
            }
        }
        problems += Set(moving.map(\.tenant)).sorted().compactMap { name in
            moving.first { $0.tenant == name }.map {
                PlanError(
                    code: .tenantBeingMoved, message: "tenant \(name) is being moved to schema \($0.ownSchema)",
                    hint: "finish it: \($0.command)")
            }
        }
        return Plan(
            parts: parts, unusable: problems, leftOut: leftOut,
            identity: try await identity(days, selection, connection))
    }

    /// What is to be read of one tenant's report; nil when it is nothing.
    static func part(
        _ days: Days, _ tenant: Tenant, _ report: ReportDefinition, sliceDays: Int, _ connection: Connection
    ) async throws -> Plan.Part? {
        let today = try await WarehouseCalendar.today(in: report.timeZone, connection)
        return try await target(days, tenant, report, today: today, sliceDays: sliceDays, connection).part
    }

    private static func target(
        _ days: Days, _ tenant: Tenant, _ report: ReportDefinition, today: CalendarDate, sliceDays: Int,
        _ connection: Connection
    ) async throws -> (part: Plan.Part?, leftOut: [Plan.LeftOut]) {
        let late = min(today - report.lateDays, today - 1)
        let window: ClosedRange<CalendarDate>
        let days = days.resolved(today: today)
        switch days {
        case .requested: return (nil, [])
        case .range(let first, let last):
            guard first <= min(last, today) else { return (nil, []) }
            window = first...min(last, today)
        case .due:
            let first = try await TargetDays.first(schema: tenant.schema, report: report.name, connection)
            window = min(first ?? late, late)...today
        }
        let found = try await TargetDays.read(schema: tenant.schema, report, window, connection)
        let known =
            switch days {
            case .range, .requested:
                try await Ledger.days(
                    schema: tenant.schema, report: report.name, from: window.lowerBound, to: window.upperBound,
                    connection)
            case .due:
                try await Ledger.unsettledDays(
                    schema: tenant.schema, report: report, since: late, today: today, connection)
            }
        let all = (found.missing.flatMap { Array($0) } + known.keys).sorted()
        let planned = all.compactMap { day in
            reason(for: day, known[day], days, report, today: today).map {
                PlannedDay(
                    day: day, reason: $0, knownRows: known[day]?.rows, knownDigest: known[day]?.digest(of: report))
            }
        }
        return (
            try await part(planned, of: tenant, report, start: window.lowerBound, sliceDays: sliceDays, connection),
            Plan.LeftOut.all(found, tenant: tenant.name, report)
        )
    }

    private static func part(
        _ planned: [PlannedDay], of tenant: Tenant, _ report: ReportDefinition, start: CalendarDate, sliceDays: Int,
        _ connection: Connection
    ) async throws -> Plan.Part? {
        guard !planned.isEmpty else { return nil }
        // A query about a window gives no day before it has given all.
        let isWindow = report.native == nil && report.query.span == .window
        let runs = consecutive(planned, atMost: isWindow ? min(sliceDays, 10) : sliceDays)
        let spans = runs.compactMap { run in run.first.flatMap { first in run.last.map { first.day...$0.day } } }
        let bounds = try await WarehouseCalendar.bounds(of: spans, in: report.timeZone, connection)
        let slices = zip(runs, bounds).map { Plan.Slice(days: $0, bounds: $1) }
        return Plan.Part(tenant: tenant, report: report, slices: slices.reversed(), start: start)
    }

    /// Whether an error is about one report of one tenant, so that others can be planned all the same.
    private static func isAboutTarget(_ error: any Error, _ connection: Connection) -> Bool {
        !(error is CancellationError || error is PlanError) && connection.isOpen
    }

    private static func identity(
        _ days: Days, _ selection: Selection, _ connection: Connection
    ) async throws -> String {
        let span =
            switch days {
            case .range(let first, let last): "\(first) to \(last)"
            case .requested(let first, let last): "\(first) to \(last)"
            case .due: "what is due"
            }
        return try await identity("\(span), tenants \(selection.tenants), reports \(selection.reports)", connection)
    }

    /// For people too: it stands in the run log and in the footers of spill files.
    static func identity(_ asked: String, _ connection: Connection) async throws -> String {
        let warehouse =
            try await connection.query("SELECT value FROM _wh.settings WHERE name = 'warehouse_id'").scalar ?? ""
        return "\(asked), warehouse \(warehouse)"
    }

    /// The enabled tenants that are selected; one that was named and is disabled is an error.
    public static func tenants(_ selection: Selection, _ connection: Connection) async throws -> [Tenant] {
        let selected = try selection.tenants(among: try await TenantCatalogue.all(connection))
        if let disabled = selected.first(where: { !$0.isEnabled && selection.tenants.contains($0.name) }) {
            throw WarehouseError(
                .unknownTenant, "tenant \(disabled.name) is disabled", hint: "dayhaul tenant enable \(Shell.word(disabled.name))")
        }
        return selected.filter(\.isEnabled)
    }

    /// The selected reports, and those that cannot be used as they are written. Of those asked for by name one at least
    /// must be usable.
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
            } catch {
                let failure = Failure(error, on: .warehouse).about("report \(entry.name)")
                unusable.append(PlanError(code: .unusableReport, message: failure.message, hint: failure.hint))
            }
        }
        if usable.isEmpty, !selection.reports.isEmpty, let error = unusable.first { throw error }
        return (usable, unusable)
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

    /// `today` is that of the zone where it is the latest day.
    private static func check(_ first: CalendarDate, _ last: CalendarDate, today: CalendarDate?) throws {
        guard first <= last else {
            throw PlanError(
                code: .invalidRange, message: "--from \(first) is after --to \(last)", hint: "both days are included")
        }
        if let today, last > today {
            throw PlanError(
                code: .invalidRange, message: "--to \(last) is after today, \(today)",
                hint: "a day can be read once it has begun")
        }
        guard first.distance(to: last) < 3660 else {
            throw PlanError(
                code: .invalidRange, message: "the days from \(first) to \(last) are more than ten years",
                hint: "ingest a part at a time")
        }
    }

    /// Names a report for which the last day has not begun, where it has for others.
    private static func late(_ last: CalendarDate, _ report: ReportDefinition, _ today: [String: CalendarDate])
        -> PlanError?
    {
        guard let today = today[report.timeZone], last > today else { return nil }
        return PlanError(
            code: .invalidRange,
            message: "report \(report.name): \(last) has not begun in \(report.timeZone), where it is \(today)",
            hint: "run the same command again when it has")
    }

    private static func refuseDoubtful(
        _ days: Days, _ tenant: Tenant, _ report: ReportDefinition, _ connection: Connection
    ) async throws {
        guard case .range(let first, let last) = days, first <= last,
            let doubt = try await TargetDays.doubt(
                about: first...last, schema: tenant.schema, report: report.name, connection)
        else { return }
        throw PlanError(
            code: .implausibleDay, message: "\(doubt): it looks mistyped",
            hint: "if it is meant, give the command with --yes")
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
