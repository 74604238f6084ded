/// US dollars a month, on demand.
public struct MonthlyCost: Sendable, Equatable, Encodable {
    /// The warehouse's instance, its standby's included.
    public var instance: Double
    /// Its volume, the standby's included.
    public var storage: Double
    /// Throughput that is bought beside the size.
    public var throughput: Double
    /// Replicas that are added.
    public var replicas: Double
    /// What the sources send to the program, as if all of it crossed between two zones.
    public var transfer: Double

    /// All of it.
    public var total: Double { instance + storage + throughput + replicas + transfer }

    private enum CodingKeys: String, CodingKey { case instance, storage, throughput, replicas, transfer, total }

    /// With the total.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(instance, forKey: .instance)
        try container.encode(storage, forKey: .storage)
        try container.encode(throughput, forKey: .throughput)
        try container.encode(replicas, forKey: .replicas)
        try container.encode(transfer, forKey: .transfer)
        try container.encode(total, forKey: .total)
    }
}
