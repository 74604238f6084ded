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

    /// Something that a server says of its position and that cannot be.
    public struct Impossible: Error {
        /// `the timeline "-1"`
        public let what: String
    }

    /// What a server says of itself; each may be unknown.
    public init(
        systemIdentifier: String?, timeline: String?, replayLSN: String?, replayTime: String?
    ) throws(Impossible) {
        func check(_ what: String, _ text: String?, _ isValid: (String) -> Bool) throws(Impossible) {
            if let text, !isValid(text) { throw Impossible(what: "\(what) \(text.prefix(40).debugDescription)") }
        }
        try check("the system identifier", systemIdentifier) { UInt64($0) != nil }
        try check("the timeline", timeline) { Int32($0).map { $0 > 0 } == true }
        try check("the LSN", replayLSN) { Self.bytes($0) != nil }
        try check("the time of the last transaction", replayTime) { $0.utf8.count < 40 && $0.utf8.allSatisfy(Self.isOfTime) }
        self.systemIdentifier = systemIdentifier
        self.timeline = timeline.flatMap { Int($0) }
        self.replayLSN = replayLSN
        self.replayTime = replayTime
    }

    /// `2025-09-24 10:00:00.123+00`, with BC behind it in other times than ours.
    private static func isOfTime(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-+:. BC".utf8.contains(byte)
    }

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
