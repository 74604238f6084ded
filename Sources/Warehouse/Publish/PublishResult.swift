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
    /// Of a day that the ledger knew and whose table was gone: whether the same source gave the same rows again. Nil where that says nothing.
    public private(set) var isAsKnown: Bool?

    /// What became of a day of which `inserted` rows were written and `deleted` taken.
    public init(outcome: PublishOutcome, inserted: Int = 0, deleted: Int = 0, reason: String? = nil, warnings: [String] = []) {
        self.outcome = outcome
        self.inserted = inserted
        self.deleted = deleted
        self.reason = reason
        self.warnings = warnings
    }

    /// The same, held against what the ledger knew of the day before its table was gone: where source and report are the same, the rows
    /// should be too.
    func comparing(_ load: DayLoad, with known: KnownDay, of report: ReportDefinition) -> PublishResult {
        guard known.reportVersion == report.version, !known.isProvisional,
            known.position.systemIdentifier == nil || known.position.systemIdentifier == load.position.systemIdentifier
        else { return self }
        let isAsKnown = known.isSame(as: load)
        let counts = known.rows == load.rows ? "\(known.rows) rows then and now" : "\(known.rows) rows then, \(load.rows) now"
        let difference = "the source has other rows for the day than the ledger knew: \(counts)"
        var result = PublishResult(
            outcome: outcome, inserted: inserted, deleted: deleted, reason: reason, warnings: warnings + (isAsKnown ? [] : [difference]))
        result.isAsKnown = isAsKnown
        return result
    }
}
