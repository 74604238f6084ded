public import Postgres
public import PostgresBinary
import Reports
public import Warehouse

/// Plans a request from the queue: what it comes down to, and then a slice of it at a time.
public struct RequestPlanner: Sendable {
    private let request: QueuedRequest
    private let tenant: Tenant
    private let report: ReportDefinition
    private let sliceDays: Int

    /// Reads the request's tenant and report. Throws `unknownTenant`, `unknownReport`, and `PlanError` for a report that cannot be used as it
    /// is written.
    public init(_ request: QueuedRequest, sliceDays: Int, _ connection: Connection) async throws {
        var tenant = try await TenantCatalogue.named(request.tenant, connection)
        tenant.schema = request.schema
        try await TenantMove.refuseUnfinished(of: tenant.name, connection)
        guard let entry = try await ReportCatalogue.all(connection).first(where: { $0.name == request.report }) else {
            throw WarehouseError(
                .unknownReport, "no report is called \(request.report)",
                hint: "it was renamed or removed since it was asked for")
        }
        do {
            report = try entry.definition.get()
        } catch let error as ReportError {
            throw PlanError(code: .unusableReport, message: "report \(entry.name): \(error.message)", hint: error.hint)
        }
        self.request = request
        self.tenant = tenant
        self.sliceDays = sliceDays
    }

    /// All days of the request: those asked for, or those that are due now.
    public func days(_ connection: Connection) async throws -> [CalendarDate] {
        let days: Planner.Days =
            if let asked = request.days { .range(asked.lowerBound, asked.upperBound) } else { .due }
        return try await Planner.part(days, tenant, report, sliceDays: sliceDays, connection)?.days.map(\.day) ?? []
    }

    /// The newest slice of some days of the request: as many as one stream reads, all with a day or more between them
    /// left for later ones. Nil when nothing of them remains.
    ///
    /// Days that turn out not to be read, because they were dropped since they were asked for, are taken out of the
    /// request. Throws `leaseLost`.
    public func slice(of days: Set<CalendarDate>, _ connection: Connection) async throws -> Plan? {
        var days = days
        while let last = days.max() {
            // Days before are not even looked at, so that a slice of a year costs what one of a month does.
            let first = last - (sliceDays - 1)
            let part = try await Planner.part(.range(first, last), tenant, report, sliceDays: sliceDays, connection)
            let readable = Set(part?.days.map(\.day) ?? [])
            let unreadable = days.filter { $0 >= first && !readable.contains($0) }
            if !unreadable.isEmpty {
                try await RequestQueue.leaveOut(Array(unreadable), for: request.lease, connection)
            }
            let wanted = part?.slices.flatMap { slice in slice.pieces { days.contains($0) }.reversed() } ?? []
            guard let slice = wanted.first else {
                days.subtract(unreadable)
                continue
            }
            let start = request.days?.lowerBound ?? days.min()
            return Plan(
                parts: [Plan.Part(tenant: tenant, report: report, slices: [slice], start: start)], unusable: [],
                identity: try await Planner.identity("request \(request.lease.request)", connection))
        }
        return nil
    }

    /// Makes the public view what it should be, for a request of which nothing else remains.
    public func refreshView(_ connection: Connection) async throws {
        try await ReportTarget.refreshPublicView(of: report.name, connection)
    }
}
