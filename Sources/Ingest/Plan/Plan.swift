public import PostgresBinary
public import Reports
public import Warehouse

/// What a run will do, made once, printed by `plan` and carried out by `ingest` and `run`. Nothing outside it is touched.
public struct Plan: Sendable {
    /// One entry a tenant and report, tenants in the order of their names.
    public let parts: [Part]
    /// What of the request cannot be planned, such as a report that cannot be used as it is written; the rest can be
    /// read all the same.
    public let unusable: [PlanError]
    /// Days of the request that are not read, and why.
    public var leftOut: [LeftOut] = []
    /// What was asked for, and where: equal for plans of the same request on the same warehouse, whatever is due when they are made.
    public let identity: String

    /// A report of a tenant, and its days.
    public struct Part: Sendable {
        /// Whose replica is read.
        public let tenant: Tenant
        /// What is read.
        public let report: ReportDefinition
        /// Slices, newest first.
        public let slices: [Slice]
        /// The first day of what was asked for: where nothing is loaded yet, gaps are filled from it on from now on.
        public var start: CalendarDate?

        /// Its days in order.
        public var days: [PlannedDay] { slices.flatMap(\.days).sorted { $0.day < $1.day } }
    }

    /// Consecutive days that one stream reads.
    public struct Slice: Sendable {
        /// Its days in order.
        public let days: [PlannedDay]
        /// When each begins and ends.
        public let bounds: DayBounds
    }

    /// All days.
    public var dayCount: Int { parts.reduce(0) { $0 + $1.slices.reduce(0) { $0 + $1.days.count } } }
}

/// A day, and why it is read.
public struct PlannedDay: Sendable, Equatable {
    /// The day.
    public let day: CalendarDate
    /// Why.
    public let reason: Reason
    /// Rows in the warehouse now; nil when the day is missing.
    public let knownRows: Int?
    /// Their digest, where they were read with the report as it is now.
    let knownDigest: String?

    /// A day that was over when it was read is seldom another one now.
    var isLikelyUnchanged: Bool {
        switch reason {
        case .asked, .late, .yesterday: true
        case .missing, .provisional, .changedReport, .today: false
        }
    }

    /// Why a day is in the plan; the first that applies.
    public enum Reason: String, Sendable, Codable {
        /// Not in the ledger.
        case missing
        /// Read before the replica had replayed past its end.
        case provisional
        /// Read with an older version of the report.
        case changedReport = "changed report"
        /// The day that is going on.
        case today
        /// The day before.
        case yesterday
        /// Within the window in which late rows are looked for.
        case late = "late-data window"
        /// Named on the command line.
        case asked = "asked for"
    }
}
