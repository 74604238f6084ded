import Glibc
public import Sizing
import Stages

/// A machine of which everything is known, and measurements as it would give them. Nothing of it was ever measured.
public struct KnownLaw: Sendable {
    /// Seconds that one stream takes for a row.
    public var secondsARow = 8e-6
    /// Seconds that one stream takes for a day.
    public var secondsADay = 0.02
    /// Seconds that one stream takes for a byte of a row, and CPU seconds of the warehouse.
    public var secondsAByte = 0.0
    /// How gently one bound takes over from another: the p of a p-norm over them; nil for their maximum.
    public var softness: Double?
    /// The share of cores that can be kept busy.
    public var efficiency = 1.0
    /// α of the Universal Scalability Law.
    public var alpha = 0.08
    /// β of it.
    public var beta = 0.002
    /// CPU seconds a row and a day of the client.
    public var client = (row: 1.2e-6, day: 0.002)
    /// The same of the sources.
    public var source = (row: 1.0e-6, day: 0.001)
    /// The same of the warehouse.
    public var warehouse = (row: 4.0e-6, day: 0.012)
    /// Bytes that the warehouse writes for a row; half of it WAL.
    public var writtenARow = 240.0
    /// Bytes that stay of a row.
    public var storedARow = 160.0
    /// Whether all parties share the cores.
    public var sharesMachine = false
    /// Of a repetition's figures, at most this part more or less.
    public var noise = 0.03
    /// Of the noise.
    public var seed: UInt64 = 7

    /// A law with the figures above.
    public init() {}

    /// The same with other noise.
    public static func with(noise: Double = 0.03, seed: UInt64 = 7) -> KnownLaw {
        var known = KnownLaw()
        (known.noise, known.seed) = (noise, seed)
        return known
    }

    private static let shares: [(Stage, Double)] = [
        (.extract, 0.15), (.decode, 0.05), (.transform, 0.05), (.encode, 0.05), (.spill, 0.05), (.load, 0.35), (.index, 0.15),
        (.analyse, 0.1), (.publish, 0.04), (.view, 0.01),
    ]

    /// Seconds that a repetition takes without noise.
    public func wall(_ configuration: Configuration) -> Double {
        let load = configuration.workload
        let n = min(Double(configuration.streams), load.tenantDays)
        let alone = secondsARow * load.rows + secondsADay * load.tenantDays + secondsAByte * load.bytes
        let streams = alone * (1 + alpha * (n - 1) + beta * n * (n - 1)) / n
        var busy = warehouse.row * load.rows + warehouse.day * load.tenantDays + secondsAByte * load.bytes
        if sharesMachine { busy += (client.row + source.row) * load.rows + (client.day + source.day) * load.tenantDays }
        let disk = configuration.diskBytesPerSecond.map { writtenARow * load.rows * Double(load.rowBytes) / 120 / Double($0) } ?? 0
        let bounds = [streams, busy / (efficiency * Double(configuration.cores)), disk]
        guard let softness else { return bounds.max() ?? 0 }
        return pow(bounds.reduce(0) { $0 + pow($1, softness) }, 1 / softness)
    }

    /// Measurements of those configurations, interleaved.
    ///
    /// - Parameter nullEnds: whether each has a repetition with a null source and one with a null sink.
    public func measure(_ configurations: [Configuration], repetitions: Int = 5, nullEnds: Bool = false) -> Measurements {
        var noise = Noise(seed: seed)
        var groups = configurations.map { ConfigurationMeasurements($0, []) }
        var number = 0
        for _ in 0..<repetitions {
            for index in groups.indices {
                number += 1
                groups[index].repetitions.append(repetition(number, groups[index].configuration, &noise))
            }
        }
        if nullEnds {
            for index in groups.indices {
                for (kind, share) in [(Repetition.Kind.nullSource, 0.7), (.nullSink, 0.4)] {
                    number += 1
                    var null = repetition(number, groups[index].configuration, &noise)
                    (null.kind, null.parity, null.wallSeconds) = (kind, .notCompared, null.wallSeconds * share)
                    groups[index].repetitions.append(null)
                }
            }
        }
        let largest = configurations.map(\.workload).max { $0.rows < $1.rows } ?? Workload(tenants: 1, days: 1, rowsPerDay: 1, rowBytes: 1)
        return Measurements(Self.provenance(largest, sharesMachine: sharesMachine), groups)
    }

    private func repetition(_ number: Int, _ configuration: Configuration, _ noise: inout Noise) -> Repetition {
        let load = configuration.workload
        let wall = wall(configuration) * noise.factor(self.noise)
        func cpu(_ cost: (row: Double, day: Double)) -> Double {
            (cost.row * load.rows + cost.day * load.tenantDays) * noise.factor(self.noise)
        }
        func part(_ stage: Stage, _ cpu: Double, written: Double = 0, received: Double = 0, sent: Double = 0) -> PartyWork {
            PartyWork(cpuSeconds: cpu, bytesWritten: Int(written), bytesReceived: Int(received), bytesSent: Int(sent))
        }
        let stages = Self.shares.map { stage, share in
            var figures = StageFigures(
                stage, rows: Int(load.rows), wallSeconds: wall * share * Double(configuration.streams))
            switch stage {
            case .extract: figures.source = part(stage, cpu(source), sent: load.bytes)
            case .decode, .transform, .encode, .spill: figures.client = part(stage, cpu(client) / 4)
            case .load:
                figures.warehouse = part(
                    stage, cpu(warehouse) * 0.6 + secondsAByte * load.bytes, written: writtenARow * load.rows * Double(load.rowBytes) / 120,
                    received: load.bytes)
                figures.walBytes = Int(writtenARow * load.rows / 2)
            case .index, .analyse, .publish, .view: figures.warehouse = part(stage, cpu(warehouse) * 0.1)
            }
            return figures
        }
        return Repetition(number: number, wallSeconds: wall, storedBytes: Int(storedARow * load.rows), stages: stages)
    }

    private static func provenance(_ workload: Workload, sharesMachine: Bool = false) -> Provenance {
        Provenance(
            program: "0.1.0", measuredOn: "2026-11-25", cpuModel: "Generated", cores: 8, memoryBytes: 32 << 30, fileSystem: "ext4",
            fsyncsPerSecond: 900, sharesMachine: sharesMachine, postgresVersion: "15.20", settings: [.init("jit", "off")], seed: 42,
            workload: workload)
    }

    /// Streams, days and rows in several mixes.
    public static let configurations: [Configuration] =
        [1, 2, 4, 8, 16].map {
            Configuration(Workload(tenants: 8, days: 4, rowsPerDay: 20_000, rowBytes: 120), streams: $0, cores: 64, fsync: true)
        }
        + [(4, 8, 2_000), (16, 2, 50_000), (2, 16, 10_000), (8, 8, 500)].map {
            Configuration(Workload(tenants: $0.0, days: $0.1, rowsPerDay: $0.2, rowBytes: 120), streams: 4, cores: 64, fsync: true)
        }
}
