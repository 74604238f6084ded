/// An instance class of RDS.
public struct InstanceClass: Sendable, Equatable {
    /// As `db.r6g.large`.
    public var name: String
    /// Virtual CPUs.
    public var vcpus: Int
    /// GiB of memory.
    public var memoryGiB: Double
    /// An hour, Single-AZ, on demand.
    public var hourly: Price
    /// The baseline to EBS, not the burst, in 10^6 bytes a second
    /// (https://docs.aws.amazon.com/ec2/latest/instancetypes/mo.html, "EBS specifications").
    public var ebsMegabytesPerSecond: Double
    /// The baseline of I/O operations, where it is known. Not a ceiling of the model: COPY, WAL and checkpoints write in sequence.
    public var ebsIOPS: Double?
    /// The network's baseline.
    public var networkGigabitsPerSecond: Double
    /// Speed of one of its cores over one of an r6g: an assumption.
    public var generationFactor: Double
    /// What else there is to know before it is chosen.
    public var note: String?

    /// Whether its CPU is paid from credits, of which it earns less than its cores can use: the t families.
    public var isBurstable: Bool { name.hasPrefix("db.t") }

    /// Bytes of memory.
    public var memoryBytes: Double { memoryGiB * 1_073_741_824 }

    /// RDS's default: `LEAST({DBInstanceClassMemory/9531392}, 5000)`
    /// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html).
    public var maxConnections: Int { Int(min(memoryBytes / 9_531_392, 5000)) }

    /// RDS's default of maintenance_work_mem, `GREATEST({DBInstanceClassMemory*1024/63963136}, 65536)` kB, in bytes.
    public var maintenanceWorkMemory: Double { max(memoryBytes * 1024 / 63_963_136, 65_536) * 1024 }

    /// Index builds at once that fit into half of the memory: a quarter is shared_buffers, and one is left to readers and the page cache.
    public var streamsInMemory: Int { max(1, Int(min(memoryBytes / 2 / maintenanceWorkMemory, 65_536))) }
}
