public import Stages

/// What one stage took in one repetition, over all its streams.
public struct StageFigures: Sendable, Equatable, Codable {
    /// Which stage.
    public var stage: Stage
    /// Rows that passed through it.
    public var rows: Int
    /// Seconds it was at work, summed over streams: more than the repetition's where streams overlap.
    public var wallSeconds: Double
    /// Bytes of WAL that the warehouse wrote (pg_current_wal_insert_lsn, or wal_bytes of pg_stat_wal).
    public var walBytes: Int
    /// Full-page images in them (wal_fpi of pg_stat_wal).
    public var fullPageImages: Int
    /// Nil where the party has no part in the stage.
    public var client: PartyWork?
    /// Nil where the party has no part in the stage.
    public var source: PartyWork?
    /// Nil where the party has no part in the stage.
    public var warehouse: PartyWork?

    /// What one stage took.
    public init(
        _ stage: Stage, rows: Int, wallSeconds: Double, walBytes: Int = 0, fullPageImages: Int = 0, client: PartyWork? = nil,
        source: PartyWork? = nil, warehouse: PartyWork? = nil
    ) {
        self.stage = stage
        self.rows = rows
        self.wallSeconds = wallSeconds
        self.walBytes = walBytes
        self.fullPageImages = fullPageImages
        self.client = client
        self.source = source
        self.warehouse = warehouse
    }

    /// The parties that have a part in it.
    public var parties: [PartyWork] { [client, source, warehouse].compactMap { $0 } }
}
