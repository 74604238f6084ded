/// Where in the life of a source a snapshot was taken. All of it can be missing: managed replicas may not tell.
public struct SourcePosition: Hashable, Sendable {
    /// The cluster, whatever its host is called today: pg_control_system().
    public var systemIdentifier: String?
    /// Changes when a standby is promoted.
    public var timeline: Int?
    /// Everything up to here was visible; read before the snapshot was taken, so that it never claims too much.
    public var replayLSN: String?
    /// Commit time of the last transaction replayed, as PostgreSQL prints it.
    public var replayTime: String?

    /// Nothing known.
    public init() {}
}
