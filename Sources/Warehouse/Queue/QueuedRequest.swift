import Postgres
public import PostgresBinary

/// A request that a worker has claimed: a report of a tenant, and days.
public struct QueuedRequest: Sendable {
    /// What was asked for.
    public enum Kind: String, Sendable {
        /// Days from a first to a last.
        case ingest
        /// What the nightly run would read.
        case due
        /// Days that the ledger knew.
        case rebuild
    }

    /// The right to work on it.
    public let lease: Lease
    /// What was asked for.
    public let kind: Kind
    /// Whose days.
    public let tenant: String
    /// Of which report.
    public let report: String
    /// In which schema.
    public let schema: String
    /// The days asked for, both ends included; nil for what is due.
    public let days: ClosedRange<CalendarDate>?
    /// Days still to be published; nil until they were planned.
    public let remaining: Set<CalendarDate>?
    /// Claims since a slice of it was last finished, this one included.
    public let attempt: Int
    /// With which attempt a transient failure becomes final.
    public let maximumAttempts: Int

    /// Whether a transient failure may be tried again.
    public var mayTryAgain: Bool { attempt < maximumAttempts }

    init(_ row: QueryResult.Row) throws {
        lease = Lease(request: try row.value("id"), token: try row.value("lease_token"))
        kind = Kind(rawValue: try row.value("kind")) ?? .ingest
        tenant = try row.value("tenant_name")
        report = try row.value("template_name")
        schema = try row.value("schema_name")
        attempt = try row.value("attempt")
        maximumAttempts = try row.value("max_attempts")
        if let first = row["first_day"].flatMap({ CalendarDate($0) }), let last = row["last_day"].flatMap({ CalendarDate($0) }),
            first <= last
        {
            days = first...last
        } else {
            days = nil
        }
        remaining = row["remaining"].map { Set(strings(inJSON: $0).compactMap { CalendarDate($0) }) }
    }
}
