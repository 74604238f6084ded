/// What distinguishes one group of repetitions from another.
public struct Configuration: Sendable, Hashable, Codable {
    /// How much is loaded.
    public var workload: Workload
    /// Streams at once: COPY sessions on the sources, and as many that load.
    public var streams: Int
    /// Cores that the programs may use (sched_setaffinity).
    public var cores: Int
    /// The warehouse's `fsync`.
    public var fsync: Bool
    /// The most bytes a second that the warehouse's disk takes, where that was throttled.
    public var diskBytesPerSecond: Int?

    /// What distinguishes one group of repetitions from another.
    public init(_ workload: Workload, streams: Int, cores: Int, fsync: Bool, diskBytesPerSecond: Int? = nil) {
        self.workload = workload
        self.streams = streams
        self.cores = cores
        self.fsync = fsync
        self.diskBytesPerSecond = diskBytesPerSecond
    }

    /// As `7 tenants × 14 days × 5000 rows of 120 B, 4 streams, 2 cores`.
    public var name: String {
        "\(workload.tenants)×\(workload.days) days × \(workload.rowsPerDay) rows of \(workload.rowBytes) B, \(streams) "
            + "\(streams == 1 ? "stream" : "streams"), \(cores) \(cores == 1 ? "core" : "cores")"
            + (fsync ? ", fsync" : "") + (diskBytesPerSecond.map { ", disk \($0 / 1_000_000) MB/s" } ?? "")
    }
}
