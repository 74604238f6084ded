/// What the model assumes and nobody has measured; part of the catalogue, to be replaced with it.
public struct Assumptions: Sendable, Equatable, Codable {
    /// The share of its CPU that an instance may be busy: beyond it queues grow faster than work is done.
    public var cpuCeiling: Double
    /// Speed of a core of the measuring machine over a vCPU of an r6g.
    public var measuringCoreSpeed: Double
    /// Storage over the bytes of tables and indexes: WAL, bloat, sorting, and room to grow.
    public var storageHeadroom: Double
    /// Connections that are left to people and to RDS.
    public var reservedConnections: Int
    /// How many times the streams that were measured a prediction may use.
    public var largestStreamsOverMeasured: Double
}
