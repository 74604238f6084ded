/// Where, with what and on which data it was measured.
public struct Provenance: Sendable, Equatable, Codable {
    /// A setting of the warehouse that is not PostgreSQL's default.
    public struct Setting: Sendable, Equatable, Codable {
        /// As in pg_settings.
        public var name: String
        /// With its unit.
        public var value: String

        /// A setting and its value.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Version of the program that measured.
    public var program: String
    /// The day of the first repetition, as 2026-11-25.
    public var measuredOn: String
    /// As the operating system names it.
    public var cpuModel: String
    /// Cores of the machine.
    public var cores: Int
    /// Memory of the machine.
    public var memoryBytes: Int
    /// Of the warehouse's data directory, as `ext4`.
    public var fileSystem: String
    /// Commits a second of one session, each of which waits for its disk where `fsync` is on.
    public var fsyncsPerSecond: Double
    /// Whether sources, client and warehouse shared the machine's cores.
    public var sharesMachine: Bool
    /// Of the warehouse.
    public var postgresVersion: String
    /// The warehouse's settings that are not the defaults.
    public var settings: [Setting]
    /// The seed of generated data; nil for a user's own.
    public var seed: Int?
    /// The data as they are; a configuration may load less of them. What a night is unless it is asked otherwise.
    public var workload: Workload

    /// Where, with what and on which data it was measured.
    public init(
        program: String, measuredOn: String, cpuModel: String, cores: Int, memoryBytes: Int, fileSystem: String, fsyncsPerSecond: Double,
        sharesMachine: Bool, postgresVersion: String, settings: [Setting], seed: Int?, workload: Workload
    ) {
        self.program = program
        self.measuredOn = measuredOn
        self.cpuModel = cpuModel
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.fileSystem = fileSystem
        self.fsyncsPerSecond = fsyncsPerSecond
        self.sharesMachine = sharesMachine
        self.postgresVersion = postgresVersion
        self.settings = settings
        self.seed = seed
        self.workload = workload
    }
}
