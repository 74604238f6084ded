import PostgresBinary
import Reports
import Warehouse

/// What a verification found out about a day.
public struct DayState: Sendable, Codable {
    /// How the day in the warehouse compares with the source.
    public enum State: String, Sendable, Codable {
        /// The same rows.
        case same = "OK"
        /// Other rows than the source has, or than the ledger says were loaded.
        case differs = "DIFFERS"
        /// Not in the warehouse.
        case missing = "MISSING"
        /// As it was loaded, which was before the replica had all of it; the next run reads it again.
        case provisional = "PROVISIONAL"
        /// It could not be compared.
        case failed = "FAILED"
    }

    /// Whose day.
    public let tenant: String
    /// Of which report.
    public let report: String
    /// In which schema.
    public let schema: String
    /// ISO date.
    public let day: String
    /// How it compares.
    public let state: State
    /// Rows that a fresh read gave.
    public var sourceRows: Int?
    /// Rows that its table holds.
    public var warehouseRows: Int?
    /// Rows of the source that its table lacks.
    public var missing: Int?
    /// Rows of its table that the source lacks.
    public var extra: Int?
    /// Rows that are in both by their key, with other values; for a report without `key_columns` these count as missing and extra.
    public var changed: Int?
    /// Of a provisional day: why it is one.
    public var note: String?
    /// Why it could not be compared.
    public var error: Failure?

    init(_ part: Plan.Part, _ day: PlannedDay, _ state: State) {
        tenant = part.tenant.name
        report = part.report.name
        schema = part.tenant.schema
        self.day = day.day.description
        self.state = state
    }

    /// A day that could not be compared.
    init(_ part: Plan.Part, _ day: PlannedDay, _ failure: Failure) {
        self.init(part, day, .failed)
        warehouseRows = day.knownRows
        error = failure
    }

    /// Whether its rows are those of the source, though the source may get more.
    public var isEqual: Bool { state == .same || state == .provisional && !needsRepair }

    /// Whether reading the day again would change it.
    public var needsRepair: Bool {
        switch state {
        case .differs, .missing: true
        case .provisional: (missing ?? 0) + (extra ?? 0) + (changed ?? 0) > 0
        case .same, .failed: false
        }
    }

    /// Whether something is wrong with it; a provisional day is not expected to be complete.
    public var isWrong: Bool { state != .same && state != .provisional }
}

extension Plan {
    /// The same plan for the days that need to be read again.
    public func repairing(_ states: [DayState]) -> Plan {
        let days = Set(states.filter(\.needsRepair).map { [$0.tenant, $0.report, $0.day] })
        return keeping { days.contains([$0.tenant.name, $0.report.name, $1.description]) }
    }
}
