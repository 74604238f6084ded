import Postgres

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
    /// Bytes of one row of a source.
    public var rowBytes = AnswerLimits().rowBytes
    /// Bytes of the tables that a slice of a native report looks up: they are in memory while it is read.
    public var lookupBytes = 128 << 20
    /// How long one COPY of a source may go on.
    public var sliceTime = AnswerLimits().copyTime

    /// The defaults.
    public init() {}
}

extension Limits {
    /// The same parameters, with what a source may send by these limits.
    func bounding(_ parameters: ConnectionParameters) -> ConnectionParameters {
        var bounded = parameters
        bounded.limits?.rowBytes = rowBytes
        bounded.limits?.copyTime = sliceTime
        return bounded
    }
}
