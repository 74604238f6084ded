import SizingFixture
import Stages
import Testing

@testable import Sizing

@Suite("What is fitted to measurements of a known law")
struct ModelTests {
    private func near(_ found: Double, _ wanted: Double, within: Double) -> Bool { abs(found / wanted - 1) <= within }

    @Test("has its costs a row and a day, its contention, and its knee", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func recovered(seed: UInt64) throws {
        let known = KnownLaw.with(noise: 0.02, seed: seed)
        let model = Model(known.measure(KnownLaw.configurations))
        #expect(near(model.law.single.each[.row] ?? 0, known.secondsARow, within: 0.05))
        #expect(near(model.law.single.each[.day] ?? 0, known.secondsADay, within: 0.15))
        #expect(abs(model.law.contention.alpha - known.alpha) < 0.03)
        #expect(abs(model.law.contention.beta - known.beta) < 0.0015)
        let warehouse = try #require(model.law.demands[.warehouseCPU])
        #expect(near(warehouse.each[.row] ?? 0, known.warehouse.row, within: 0.05))
        #expect(near(warehouse.each[.day] ?? 0, known.warehouse.day, within: 0.10))
        #expect(near(model.law.demand(.storage, Workload(tenants: 1, days: 1, rowsPerDay: 1_000, rowBytes: 120)), 240_000, within: 0.01))
        let curve = try #require(model.curve)
        #expect(curve.points.map(\.streams) == [1, 2, 4, 8, 16])
        #expect(curve.points.allSatisfy { near($0.fitted, $0.measured, within: 0.05) })
        #expect(abs(curve.contention.alpha - known.alpha) < 0.03 && abs(curve.contention.beta - known.beta) < 0.0015)
        #expect(near(curve.lambda, 640_000 / (640_000 * known.secondsARow + 32 * known.secondsADay), within: 0.06))
        #expect(try near(#require(curve.contention.knee), (0.92 / 0.002).squareRoot(), within: 0.4))
    }

    @Test("without noise is the law itself, but for rounding")
    func exact() {
        let known = KnownLaw.with(noise: 0)
        let model = Model(known.measure(KnownLaw.configurations))
        #expect(abs(model.law.contention.alpha - known.alpha) < 1e-3 && abs(model.law.contention.beta - known.beta) < 1e-4)
        for configuration in KnownLaw.configurations {
            #expect(near(model.law.wall(configuration), known.wall(configuration), within: 1e-3))
        }
    }

    @Test("keeps cores and the disk apart from contention")
    func machine() {
        var known = KnownLaw.with(noise: 0.01)
        known.sharesMachine = true
        let load = Workload(tenants: 8, days: 4, rowsPerDay: 20_000, rowBytes: 120)
        var configurations = KnownLaw.configurations
        for index in configurations.indices { configurations[index].cores = 2 }
        configurations += [
            Configuration(load, streams: 4, cores: 1, fsync: true), Configuration(load, streams: 2, cores: 1, fsync: true),
            Configuration(load, streams: 4, cores: 2, fsync: true, diskBytesPerSecond: 20_000_000),
        ]
        let model = Model(known.measure(configurations))
        // Two cores are full from three streams on, and what happens beyond cannot tell α.
        for configuration in configurations { #expect(near(model.law.wall(configuration), known.wall(configuration), within: 0.06)) }
        let free = model.interval { $0.streamSeconds(load, fsync: true, streams: 8) }
        known.sharesMachine = false
        let truth = known.wall(Configuration(load, streams: 8, cores: 64, fsync: true))
        #expect((free.low ?? .infinity) <= truth && truth <= (free.high ?? 0))
    }

    @Test(
        "a machine of two full cores does not tell what streams take from each other, and the interval for more cores says so",
        arguments: [(0.02, 0.0, 0.8), (0.05, 0.002, 0.9), (0.1, 0.0, 1), (0.3, 0.01, 0.9)])
    func fullMachine(alpha: Double, beta: Double, efficiency: Double) throws {
        let base = Workload(tenants: 4, days: 7, rowsPerDay: 20_000, rowBytes: 283)
        func load(_ tenants: Int, _ days: Int, _ rows: Int = 20_000, bytes: Int = 283) -> Workload {
            Workload(tenants: tenants, days: days, rowsPerDay: rows, rowBytes: bytes)
        }
        var configurations = [1, 2, 4].map { Configuration(base, streams: $0, cores: 2, fsync: true) }
        for other in [load(4, 3), load(2, 7), load(4, 7, 5_000), load(2, 7, bytes: 431), load(2, 7, bytes: 726)] {
            configurations += [1, 2].map { Configuration(other, streams: $0, cores: 2, fsync: true) }
        }
        configurations.append(Configuration(base, streams: 2, cores: 1, fsync: true))
        configurations.append(Configuration(base, streams: 2, cores: 2, fsync: true, diskBytesPerSecond: 40_000_000))
        var held = 0
        for seed in 1...10 as ClosedRange<UInt64> {
            var known = KnownLaw.with(noise: 0.08, seed: seed)
            (known.sharesMachine, known.softness, known.secondsAByte) = (true, 6, 2e-9)
            (known.secondsARow, known.secondsADay) = (6.3e-6, 0.015)
            (known.warehouse, known.client, known.source) = ((5.2e-6, 0.015), (1.6e-6, 0.003), (1.6e-6, 0.006))
            (known.alpha, known.beta, known.efficiency) = (alpha, beta, efficiency)
            known.writtenARow = 320
            let model = Model(known.measure(configurations, repetitions: 3))
            let free = model.interval { $0.streamSeconds(base, fsync: true, streams: 8) }
            known.sharesMachine = false
            let truth = known.wall(Configuration(base, streams: 8, cores: 64, fsync: true))
            // Wide, but it does not say just anything: eight streams take at most twice as long as one.
            #expect((free.high ?? .infinity) < 2 * known.wall(Configuration(base, streams: 1, cores: 64, fsync: true)))
            if (free.low ?? .infinity) <= truth && truth <= (free.high ?? 0) { held += 1 }
        }
        #expect(held >= 9, "\(held) of 10")
    }

    @Test("predicts configurations that it has not seen, within the interval that it gives")
    func backtest() throws {
        var errors: [Double] = []
        var covered: [Double] = []
        for seed in 1...10 as ClosedRange<UInt64> {
            let backtest = try #require(Model(KnownLaw.with(noise: 0.05, seed: seed).measure(KnownLaw.configurations)).backtest)
            #expect(backtest.heldOut.count == 9)
            errors.append(backtest.medianError)
            covered.append(backtest.covered)
        }
        #expect(errors.allSatisfy { $0 < 0.1 })
        #expect(covered.reduce(0, +) / 10 >= 0.9)
    }

    @Test("holds for a machine that is not quite as the model has it: one core, a slow disk, wide rows, bounds that mix")
    func otherMachine() throws {
        var known = KnownLaw.with(noise: 0.05)
        known.sharesMachine = true
        known.softness = 5
        known.secondsAByte = 1e-8
        func load(_ tenants: Int, _ days: Int, _ rows: Int, bytes: Int = 120) -> Workload {
            Workload(tenants: tenants, days: days, rowsPerDay: rows, rowBytes: bytes)
        }
        var configurations = [1, 2, 4, 8].map { Configuration(load(8, 4, 20_000), streams: $0, cores: 2, fsync: true) }
        configurations += [load(4, 8, 2_000), load(16, 2, 50_000), load(2, 16, 10_000), load(8, 8, 500)].map {
            Configuration($0, streams: 2, cores: 2, fsync: true)
        }
        configurations += [240, 480, 900].map { Configuration(load(8, 4, 20_000, bytes: $0), streams: 2, cores: 2, fsync: true) }
        configurations += [1, 2].map { Configuration(load(8, 4, 20_000), streams: $0, cores: 1, fsync: true) }
        configurations += [20, 40].map {
            Configuration(load(8, 4, 20_000), streams: 2, cores: 2, fsync: true, diskBytesPerSecond: $0 * 1_000_000)
        }
        var covered: [Double] = []
        for seed in 1...5 as ClosedRange<UInt64> {
            known.seed = seed
            let backtest = try #require(Model(known.measure(configurations)).backtest)
            #expect(backtest.medianError <= 0.2)
            covered.append(backtest.covered)
        }
        #expect(covered.reduce(0, +) / 5 >= 0.9, "\(covered)")
    }

    @Test("says what a stage costs")
    func stages() throws {
        let known = KnownLaw.with(noise: 0.01)
        let stages = Model(known.measure(KnownLaw.configurations)).stages
        #expect(stages.map(\.stage) == Stage.allCases)
        let load = try #require(stages.first { $0.stage == .load })
        #expect(near(load.cpuSecondsPerMillionRows, 0.6 * known.warehouse.row * 1e6, within: 0.03))
        #expect(near(load.cpuSecondsPerDay, 0.6 * known.warehouse.day, within: 0.06))
        #expect(try #require(load.cpuSecondsPerMillionRowsPlusMinus) < 0.1)
        #expect(near(load.bytesWrittenPerRow, 240, within: 0.01) && near(load.walBytesPerRow, 120, within: 0.01))
        #expect(near(stages.reduce(0) { $0 + $1.shareOfWall }, 1, within: 1e-9))
    }

    @Test("the interval of what a row costs holds the truth about as often as it says, the cost of its bytes included")
    func rowIntervals() throws {
        let wider = [240, 480, 900].map {
            Configuration(Workload(tenants: 8, days: 4, rowsPerDay: 20_000, rowBytes: $0), streams: 2, cores: 8, fsync: true)
        }
        let configurations = KnownLaw.configurations + wider
        let row: [CostTerm: Double] = [.row: 1e6, .byte: 1e6 * 300]
        var held = 0
        for seed in 1...200 as ClosedRange<UInt64> {
            var noise = Noise(seed: seed)
            let amounts = configurations.map { configuration in
                let load = configuration.workload
                let exact = 2e-6 * load.rows + 1e-8 * load.bytes + 0.02 * load.tenantDays
                return exact * Double.random(in: 0.95...1.05, using: &noise)
            }
            let law = CostLaw.fit(configurations, amounts)
            #expect(law.each[.byte] != nil)
            let width = try #require(law.halfWidth(of: row))
            #expect(width < 2)
            if abs(law.cost(of: row) - 5) <= width { held += 1 }
        }
        #expect((180...200).contains(held), "\(held) of 200")
    }

    @Test("has no interval where one or two configurations were measured")
    func few() {
        for count in 1...2 {
            let model = Model(KnownLaw().measure(Array(KnownLaw.configurations.prefix(count))))
            let prediction = model.interval { $0.wall(KnownLaw.configurations[0]) }
            #expect(prediction.low == nil && prediction.high == nil)
            #expect(near(prediction.value, KnownLaw().wall(KnownLaw.configurations[0]), within: 0.2))
        }
    }

    @Test("stays finite whatever the figures are")
    func hostile() {
        for wall in [1e-300, 1e-9, 1e15] {
            var measurements = KnownLaw().measure(KnownLaw.configurations, repetitions: 1)
            measurements.configurations[3].repetitions[0].wallSeconds = wall
            measurements.configurations[4].configuration.workload = Workload(
                tenants: 1_000_000, days: 1_000_000, rowsPerDay: 1_000_000_000_000_000, rowBytes: 1 << 30)
            measurements.configurations[5].configuration.workload = Workload(tenants: 1, days: 1, rowsPerDay: 1, rowBytes: 1)
            let model = Model(measurements)
            for configuration in KnownLaw.configurations { #expect(model.law.wall(configuration).isFinite) }
        }
    }
}
