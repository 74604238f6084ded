/// How much may go on at once. Every limit has a name, and none depends on how many days or tenants there are.
public struct Limits: Sendable, Equatable {
    /// COPY streams on one replica.
    public var streamsPerReplica = 2
    /// Replicas read at the same time.
    public var replicas = 8
    /// Sessions that load into the warehouse.
    public var loaders = 2
    /// Bytes of spill files on disk.
    public var spillBytes = 8 << 30
    /// Days that one slice reads from one snapshot. Where its days have to be read all at once, a slice keeps a block and a spill file open
    /// for each of them.
    public var sliceDays = 31
    /// Tries of a slice or a load before a transient error becomes final.
    public var attempts = 6

    /// The defaults.
    public init() {}
}
