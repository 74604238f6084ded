import Reports

/// What became of a day.
public enum PublishOutcome: String, Sendable, Codable {
    /// It was not there, and is now.
    case loaded
    /// It was there with other rows, and has the new ones now.
    case merged
    /// It was there with the same rows: nothing was written.
    case unchanged
    /// Another run is publishing it, or it was read from a newer snapshot before.
    case skipped
}

/// What publishing a day came to.
public struct PublishResult: Sendable, Equatable {
    /// What became of the day.
    public let outcome: PublishOutcome
    /// Rows written to the day's table; 0 where an earlier attempt of the same run had written them already.
    public let inserted: Int
    /// Rows taken from the day's table.
    public let deleted: Int
    /// Of a skipped day, why: a sentence without a full stop.
    public let reason: String?
    /// Expectations that the day does not fulfil and that do not keep it from being published, a sentence each.
    public let warnings: [String]

    /// What became of a day of which `inserted` rows were written and `deleted` taken.
    public init(outcome: PublishOutcome, inserted: Int = 0, deleted: Int = 0, reason: String? = nil, warnings: [String] = []) {
        self.outcome = outcome
        self.inserted = inserted
        self.deleted = deleted
        self.reason = reason
        self.warnings = warnings
    }

    /// Of a day that was known and is made anew: warns where the same source gave other rows than it had, for the same report.
    func comparing(_ load: DayLoad, with known: KnownDay, of report: ReportDefinition) -> PublishResult {
        guard known.reportVersion == report.version, !known.isProvisional, !known.isSame(as: load),
            known.position.systemIdentifier == nil || known.position.systemIdentifier == load.position.systemIdentifier
        else { return self }
        return PublishResult(
            outcome: outcome, inserted: inserted, deleted: deleted, reason: reason,
            warnings: warnings + ["its rows are not those that the ledger knew: \(known.rows) then, \(load.rows) now, or others"])
    }
}
