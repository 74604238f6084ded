public import Postgres
public import PostgresBinary
public import Reports
public import Warehouse

/// Tries a report against a tenant without loading anything.
public struct ReportTrial: Sendable, Codable {
    /// Whose replica was read.
    public let tenant: String
    /// ISO date of the day that was read.
    public let day: String
    /// Its rows.
    public let rows: Int
    /// Of its rows, in any order.
    public let digest: String
    /// For a native report: whether its SQL template gives the same rows; nil where there is no native code.
    public let nativeEqualsTemplate: Bool?
    /// How long the read took.
    public let seconds: Double

    /// Reads one day, and for a native report its template's day as well.
    public static func run(
        _ report: ReportDefinition, on tenant: Tenant, day: CalendarDate, keys: KeyRing, _ session: Connection
    ) async throws -> ReportTrial {
        let start = ContinuousClock.now
        let bounds = try await WarehouseCalendar.bounds(from: day, to: day + 1, in: report.timeZone, session)
        let parameters = try await tenant.connectionParameters(keys, timeZone: report.timeZone)
        return try await Connection.with(parameters) { connection in
            func digest(_ report: ReportDefinition) async throws -> RowDigest {
                let reader = SliceReader(report: report, bounds: bounds) { _, _ in }
                let state = try await SourceState.read(connection)
                let drain = RowDrain()
                try await reader.read(over: connection, at: state, into: drain)
                return drain.digest
            }
            let digested = try await digest(report)
            let elapsed = (ContinuousClock.now - start) / .seconds(1)
            let template = report.native == nil ? nil : try await digest(report.withoutNative)
            return ReportTrial(
                tenant: tenant.name, day: day.description, rows: digested.rows, digest: digested.description,
                nativeEqualsTemplate: template.map { $0 == digested }, seconds: elapsed)
        }
    }
}

/// Drops rows once they are digested.
private final class RowDrain: SliceSink {
    let wantsDaysSoon = false
    /// Of the first day.
    private(set) var digest = RowDigest()

    func begin(_ days: Range<Int>) -> Bool { false }

    func drain(_ rows: DayRows) async throws {
        for block in rows.blocks { block.writer.removeAll() }
    }

    func finish(_ days: Range<Int>, _ rows: DayRows) async throws -> [Int] {
        if days.contains(0) { digest = rows.blocks[0].digest }
        return []
    }
}
