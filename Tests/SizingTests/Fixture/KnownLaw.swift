import Sizing

/// A machine of which everything is known, and measurements as it would give them. Nothing of it was ever measured.
struct KnownLaw {
    /// Seconds that one stream takes for a row and for a day.
    var secondsARow = 8e-6
    var secondsADay = 0.02
    var alpha = 0.08
    var beta = 0.002
    /// CPU seconds a row and a day, of each party.
    var client = (row: 1.2e-6, day: 0.002)
    var source = (row: 1.0e-6, day: 0.001)
    var warehouse = (row: 4.0e-6, day: 0.012)
    /// Bytes that the warehouse writes for a row; half of it WAL.
    var writtenARow = 240.0
    var storedARow = 160.0
    var sharesMachine = false
    /// Of a repetition's figures, at most this part more or less.
    var noise = 0.03
    var seed: UInt64 = 7

    static let shares: [(Stage, Double)] = [
        (.extract, 0.15), (.decode, 0.05), (.transform, 0.05), (.encode, 0.05), (.spill, 0.05), (.load, 0.35), (.index, 0.15),
        (.analyse, 0.1), (.publish, 0.04), (.view, 0.01),
    ]

    func wall(_ configuration: Configuration) -> Double {
        let load = configuration.workload
        let n = min(Double(configuration.streams), load.tenantDays)
        let alone = secondsARow * load.rows + secondsADay * load.tenantDays
        let streams = alone * (1 + alpha * (n - 1) + beta * n * (n - 1)) / n
        var busy = warehouse.row * load.rows + warehouse.day * load.tenantDays
        if sharesMachine { busy += (client.row + source.row) * load.rows + (client.day + source.day) * load.tenantDays }
        let disk = configuration.diskBytesPerSecond.map { writtenARow * load.rows / Double($0) } ?? 0
        return max(streams, busy / Double(configuration.cores), disk)
    }

    func measure(_ configurations: [Configuration], repetitions: Int = 5) -> Measurements {
        var noise = Noise(seed: seed)
        var groups = configurations.map { ConfigurationMeasurements($0, []) }
        var number = 0
        for _ in 0..<repetitions {
            for index in groups.indices {
                number += 1
                groups[index].repetitions.append(repetition(number, groups[index].configuration, &noise))
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
                figures.warehouse = part(stage, cpu(warehouse) * 0.6, written: writtenARow * load.rows, received: load.bytes)
                figures.walBytes = Int(writtenARow * load.rows / 2)
            case .index, .analyse, .publish, .view: figures.warehouse = part(stage, cpu(warehouse) * 0.1)
            }
            return figures
        }
        return Repetition(number: number, wallSeconds: wall, storedBytes: Int(storedARow * load.rows), stages: stages)
    }

    static func provenance(_ workload: Workload, sharesMachine: Bool = false) -> Provenance {
        Provenance(
            program: "0.1.0", measuredOn: "2026-11-25", cpuModel: "Generated", cores: 8, memoryBytes: 32 << 30, fileSystem: "ext4",
            fsyncsPerSecond: 900, sharesMachine: sharesMachine, postgresVersion: "15.20", settings: [.init("jit", "off")], seed: 42,
            workload: workload)
    }

    /// Streams, days and rows in several mixes.
    static let configurations: [Configuration] =
        [1, 2, 4, 8, 16].map {
            Configuration(Workload(tenants: 8, days: 4, rowsPerDay: 20_000, rowBytes: 120), streams: $0, cores: 64, fsync: true)
        }
        + [(4, 8, 2_000), (16, 2, 50_000), (2, 16, 10_000), (8, 8, 500)].map {
            Configuration(Workload(tenants: $0.0, days: $0.1, rowsPerDay: $0.2, rowBytes: 120), streams: 4, cores: 64, fsync: true)
        }
}
