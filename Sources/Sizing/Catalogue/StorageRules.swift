/// What a gp3 volume of RDS gives and costs
/// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html, "gp3 storage").
public struct StorageRules: Sendable, Equatable {
    /// What a volume can do.
    public struct Performance: Sendable, Equatable, Codable {
        /// I/O operations a second.
        public var iops: Double
        /// 2^20 bytes a second.
        public var mibPerSecond: Double
    }

    /// A GiB a month.
    public var gibMonth: Price
    /// The smallest volume.
    public var leastGiB: Double
    /// From this size RDS stripes over four volumes.
    public var stripedFromGiB: Double
    /// Below that size; no more can be bought.
    public var small: Performance
    /// From that size.
    public var striped: Performance
    /// The most that can be bought.
    public var most: Performance
    /// A MiB/s a month, beyond what is included.
    public var mibPerSecondMonth: Price
}
