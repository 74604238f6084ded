/// What happens during a run, as it happens.
public enum Progress: Sendable {
    /// Rows and bytes came from a tenant.
    case read(tenant: String, rows: Int, bytes: Int)
    /// A day is done, one way or another.
    case day(DayResult)
    /// Something transient went wrong and will be tried again.
    case retrying(tenant: String, report: String, failure: Failure, attempt: Int)
    /// The run waits for others; says for what.
    case waiting(String)
    /// So many days were read by a run that died, and are loaded without reading them again.
    case resumed(days: Int)
}

/// What became of one day.
public struct DayResult: Sendable, Codable, Equatable {
    /// What became of it.
    public enum Outcome: String, Sendable, Codable {
        /// It was not there, and is now.
        case loaded
        /// It was there with other rows, and has the new ones now.
        case merged
        /// It was there with the same rows.
        case unchanged
        /// Another run deals with it, or it was read from a newer snapshot before.
        case skipped
        /// It is what it was before.
        case failed
    }

    /// Whose day.
    public let tenant: String
    /// Of which report.
    public let report: String
    /// In which schema.
    public let schema: String
    /// ISO date.
    public let day: String
    /// What became of it.
    public let outcome: Outcome
    /// Rows of the day as read; nil when it failed.
    public let rows: Int?
    /// Rows written to the day's table; nil when it failed or was skipped.
    public var inserted: Int?
    /// Rows taken from the day's table.
    public var deleted: Int?
    /// From the beginning of its slice's read to the end of its publish.
    public let seconds: Double
    /// Of a day whose table was gone: whether its rows are those that the ledger knew. Nil where that says nothing.
    public var isAsKnown: Bool?
    /// Why it was skipped, or what its report's expectations warn of.
    public var notes: [String]?
    /// Why it failed.
    public let error: Failure?
}

/// What became of a run.
public struct RunResult: Sendable, Codable {
    /// What became of it altogether.
    public enum Outcome: String, Sendable, Codable {
        /// Every day is as it should be.
        case done
        /// Some days failed, the others are done.
        case partial
        /// Nothing could be done.
        case failed
        /// Stopped by a person.
        case interrupted
    }

    /// Sums over the days.
    public struct Totals: Sendable, Codable {
        /// Days planned.
        public var days = 0
        /// Days by what became of them.
        public var loaded = 0
        /// See `DayResult.Outcome`.
        public var merged = 0
        /// See `DayResult.Outcome`.
        public var unchanged = 0
        /// See `DayResult.Outcome`.
        public var skipped = 0
        /// See `DayResult.Outcome`.
        public var failed = 0
        /// Warehouse rows of all days that did not fail.
        public var rows = 0
        /// Rows written to day tables.
        public var inserted = 0
        /// Rows taken from day tables.
        public var deleted = 0
        /// Days that a run which died had read, and that were not read again.
        public var resumed = 0
        /// Bytes that came from the sources.
        public var bytes = 0
        /// Wall time.
        public var seconds: Double = 0
    }

    /// What became of it altogether.
    public let outcome: Outcome
    /// `_wh.runs.run_id`
    public let run: Int64
    /// Sums over the days.
    public let totals: Totals
    /// In the order of tenant, report and day.
    public let days: [DayResult]
    /// What failed besides days: reports that cannot be used as they are written, public views that could not be replaced.
    public let others: [Failure]
}
