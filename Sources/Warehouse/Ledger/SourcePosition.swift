import Postgres

/// Where in the life of a source a snapshot was taken. All of it can be missing: managed replicas may not tell.
public struct SourcePosition: Hashable, Sendable, Codable {
    /// The cluster, whatever its host is called today: pg_control_system().
    public var systemIdentifier: String?
    /// Raised when a standby is promoted.
    public var timeline: Int?
    /// Everything up to here was visible; read before the snapshot was taken, so that it never claims too much.
    public var replayLSN: String?
    /// Commit time of the last transaction replayed, as PostgreSQL prints it.
    public var replayTime: String?

    /// Nothing known.
    public init() {}

    /// From the columns `system_identifier`, `timeline` and `replay_lsn`.
    init(_ row: QueryResult.Row) {
        systemIdentifier = row["system_identifier"]
        timeline = row["timeline"].flatMap { Int($0) }
        replayLSN = row["replay_lsn"]
    }

    /// Whether it lies before `other` in the life of the same system; false where that cannot be told.
    public func isBehind(_ other: SourcePosition) -> Bool {
        guard let systemIdentifier, systemIdentifier == other.systemIdentifier, let mine = place, let its = other.place else {
            return false
        }
        return mine < its
    }

    /// Positions of one system in the order of its life: a promoted standby goes on with a higher timeline.
    private var place: (Int, UInt64)? {
        guard let timeline, let lsn = replayLSN.flatMap(Self.bytes) else { return nil }
        return (timeline, lsn)
    }

    /// A `pg_lsn` as PostgreSQL prints it, two hexadecimal numbers of 32 bits (PostgreSQL manual, "pg_lsn Type").
    private static func bytes(_ lsn: String) -> UInt64? {
        let parts = lsn.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let high = UInt32(parts[0], radix: 16), let low = UInt32(parts[1], radix: 16) else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }
}
