import PostgresBinary
import Sizing
import SizingFixture
import Testing

@Suite("The answer to a question")
struct AnswerTests {
    static let load = Workload(tenants: 40, days: 2, rowsPerDay: 20_000, rowBytes: 120)

    /// The answer to a question about a machine of a known law.
    static func answer(
        _ known: KnownLaw = .with(noise: 0.02), repetitions: Int = 5, _ change: (inout Question, inout Catalogue) -> Void = { _, _ in }
    ) throws -> Answer {
        var question = Question(load)
        var catalogue = try Catalogue.included()
        change(&question, &catalogue)
        let measurements = known.measure(KnownLaw.configurations, repetitions: repetitions, nullEnds: true)
        return try Answer(question, measurements, catalogue, today: catalogue.date + 12)
    }

    private func entry(_ name: String, _ answer: Answer) throws -> ClassAnswer {
        try #require(answer.classes.first { $0.name == name })
    }

    @Test("ranks all classes: those that pass by cost, then those that may, then those that fail")
    func ranking() throws {
        let answer = try Self.answer { question, _ in
            question.windowSeconds = 5
            question.allowsBurstable = true
        }
        #expect(answer.classes.count == 23 && answer.catalogueAge == 12)
        let order = answer.classes.map(\.verdict)
        #expect(Set(order).count > 1)
        let ranks: [Verdict: Int] = [.pass: 0, .uncertain: 1, .fail: 2]
        #expect(order.compactMap { ranks[$0] } == order.compactMap { ranks[$0] }.sorted())
        let passing = answer.classes.filter { $0.verdict == .pass }
        #expect(passing.map(\.monthlyCost.total) == passing.map(\.monthlyCost.total).sorted())
        #expect(answer.cheapest?.name == passing.first?.name)
        let next = try #require(answer.nextUp)
        #expect(next.monthlyCost.total > passing[0].monthlyCost.total && next.windowSeconds.value < passing[0].windowSeconds.value)
    }

    @Test("leaves burstable classes out, and says so, unless they are allowed or named; then their credits are said")
    func burstable() throws {
        let answer = try Self.answer()
        #expect(
            answer.leftOut == ["db.t4g.medium", "db.t4g.large", "db.t4g.xlarge"] && !answer.classes.contains { $0.name.hasPrefix("db.t") })
        #expect(answer.text.contains("3 burstable classes are left out: --allow-burstable") && answer.html.contains("--allow-burstable"))
        let allowed = try Self.answer { question, _ in question.allowsBurstable = true }
        #expect(allowed.leftOut.isEmpty && allowed.cheapest?.name == "db.t4g.medium")
        #expect(allowed.text.contains("24 CPU credits an hour, which is 20 % of each vCPU") && !allowed.text.contains("left out"))
        let named = try Self.answer { question, _ in question.classNames = ["db.t4g.large"] }
        #expect(named.classes.map(\.name) == ["db.t4g.large"] && named.leftOut.isEmpty)
    }

    @Test("leaves a share of each class to readers: what is bound by CPU, disk or network takes as much longer, and the answer says so")
    func readers() throws {
        func only(_ share: Double) throws -> (Answer, ClassAnswer) {
            let answer = try Self.answer { question, _ in
                question.classNames = ["db.r6g.large"]
                question.readerShare = share
            }
            return (answer, answer.classes[0])
        }
        let (alone, first) = try only(0)
        let (shared, second) = try only(0.5)
        #expect(first.binds == .ebs && second.binds == .ebs)
        #expect(abs(second.seconds.ebs / first.seconds.ebs - 2) < 1e-9 && abs(second.seconds.network / first.seconds.network - 2) < 1e-9)
        #expect(second.windowSeconds.value > 1.8 * first.windowSeconds.value)
        #expect(alone.text.contains("readers of the warehouse are not in it") && alone.html.contains("--reserve-for-readers 50%"))
        #expect(shared.text.contains("50 % of CPU, disk and network are left to readers") && shared.html.contains("are left to readers"))
        #expect(throws: SizingError.self) { try only(0.96) }
    }

    @Test("is PASS where the interval lies within the window, FAIL where beyond it, UNCERTAIN in between")
    func verdicts() throws {
        let prediction = try entry("db.r6g.large", Self.answer()).windowSeconds
        let low = try #require(prediction.low), high = try #require(prediction.high)
        #expect(low < prediction.value && prediction.value < high)
        for (window, verdict) in [(high * 1.01, Verdict.pass), (prediction.value, .uncertain), (low * 0.99, .fail)] {
            let answer = try Self.answer { question, _ in
                question.windowSeconds = window
                question.classNames = ["db.r6g.large"]
            }
            #expect(answer.classes.map(\.verdict) == [verdict])
        }
    }

    @Test("is UNCERTAIN where too little was measured, and says what to run", arguments: [1, 2])
    func tooFew(repetitions: Int) throws {
        let answer = try Self.answer(repetitions: repetitions)
        #expect(answer.classes.allSatisfy { $0.verdict == .uncertain } && answer.cheapest == nil && answer.growth.isEmpty)
        #expect(answer.notes.contains { $0.contains("run dayhaul bench with 1, 2 and 4 streams, 3 times each") })
    }

    @Test("is UNCERTAIN for one configuration, however often it was measured")
    func oneConfiguration() throws {
        let catalogue = try Catalogue.included()
        let measurements = KnownLaw().measure(Array(KnownLaw.configurations.prefix(1)), repetitions: 9)
        let answer = try Answer(Question(Self.load), measurements, catalogue, today: catalogue.date)
        #expect(answer.classes.allSatisfy { $0.verdict == .uncertain && $0.windowSeconds.high == nil })
        #expect(answer.backtest == nil)
        #expect(answer.text.contains("UNCERTAIN") && !answer.html.isEmpty)
        #expect(try !answer.json().isEmpty)
    }

    @Test("says where figures are missing or old, and takes what is known of them")
    func notes() throws {
        var measurements = KnownLaw().measure(KnownLaw.configurations, nullEnds: true)
        let catalogue = try Catalogue.included()
        #expect(try Answer(Question(Self.load), measurements, catalogue, today: catalogue.date + 180).notes.isEmpty)
        for group in measurements.configurations.indices {
            measurements.configurations[group].configuration.fsync = false
            for number in measurements.configurations[group].repetitions.indices {
                for stage in measurements.configurations[group].repetitions[number].stages.indices {
                    measurements.configurations[group].repetitions[number].stages[stage].warehouse?.bytesWritten = 0
                    measurements.configurations[group].repetitions[number].stages[stage].warehouse?.cpuIsEstimated = true
                }
            }
            measurements.configurations[group].repetitions[0].parity = .differs
        }
        let answer = try Answer(Question(Self.load), measurements, catalogue, today: catalogue.date + 181)
        for part in ["fsync off", "WAL", "estimated", "half a year", "9 repetitions left out"] {
            #expect(answer.notes.contains { $0.contains(part) }, "\(part)")
        }
        // 120 B of WAL and 160 B that stay.
        #expect(abs(try entry("db.r6g.large", answer).seconds.ebs / (280 * Self.load.rows / 79e6) - 1) < 0.01)
    }

    @Test("shows whether the client binds")
    func client() throws {
        var measurements = KnownLaw().measure(KnownLaw.configurations, nullEnds: true)
        let catalogue = try Catalogue.included()
        let free = try Answer(Question(Self.load), measurements, catalogue, today: catalogue.date).nullEnds
        #expect(free.clientBinds == false)
        for group in measurements.configurations.indices {
            let wall = measurements.configurations[group].repetitions[0].wallSeconds
            for number in measurements.configurations[group].repetitions.indices {
                measurements.configurations[group].repetitions[number].wallSeconds = wall
            }
        }
        let bound = try Answer(Question(Self.load), measurements, catalogue, today: catalogue.date)
        #expect(bound.nullEnds.clientBinds == true && bound.notes.contains { $0.hasPrefix("the client binds") })
    }

    @Test("comes, or an error does, for any figures that a file can hold")
    func anyFigures() throws {
        var noise = Noise(seed: 3)
        let catalogue = try Catalogue.included()
        for _ in 0..<10 {
            var measurements = KnownLaw().measure(KnownLaw.configurations, repetitions: 3)
            for _ in 0..<6 {
                let group = Int.random(in: 0..<9, using: &noise)
                let number = Int.random(in: 0..<3, using: &noise), stage = Int.random(in: 0..<10, using: &noise)
                let extremes: [Double] = [0, 1e-300, 1e-6, 1, 1e6, 1e15]
                let any = extremes.randomElement(using: &noise) ?? 0
                measurements.configurations[group].repetitions[number].wallSeconds = max(any, 1e-300)
                measurements.configurations[group].repetitions[number].stages[stage].warehouse = PartyWork(
                    cpuSeconds: any, bytesWritten: Int(any), bytesReceived: Int(any))
                measurements.configurations[group].configuration.streams = Int.random(in: 1...65_536, using: &noise)
                measurements.configurations[group].configuration.workload.days = Int.random(in: 1...1_000_000, using: &noise)
            }
            measurements = try MeasurementFile.read(MeasurementFile.bytes(of: measurements))
            let answer = try Answer(Question(Self.load), measurements, catalogue, today: catalogue.date)
            #expect(!answer.text.isEmpty && !answer.html.isEmpty)
            _ = try? answer.json()
        }
    }

    @Test("names what binds")
    func binding() throws {
        var heavy = KnownLaw.with(noise: 0.01)
        heavy.warehouse = (row: 40e-6, day: 0.012)
        #expect(try entry("db.r6g.large", Self.answer(heavy)).binds == .cpu)
        var wide = KnownLaw.with(noise: 0.01)
        wide.writtenARow = 4000
        #expect(try entry("db.r6g.large", Self.answer(wide)).binds == .ebs)
        #expect(try entry("db.r6g.4xlarge", Self.answer(wide)).binds == .gp3)
        #expect(try entry("db.r6g.4xlarge", Self.answer()).binds == .gp3)
        var queued = KnownLaw.with(noise: 0.01)
        queued.alpha = 0.5
        #expect(try entry("db.r6g.4xlarge", Self.answer(queued)).binds == .streams)
        let poor = try Self.answer { _, catalogue in
            for index in catalogue.classes.indices {
                catalogue.classes[index].memoryGiB = 0.6
                catalogue.classes[index].vcpus = 64
                catalogue.classes[index].ebsMegabytesPerSecond = 10_000
                catalogue.classes[index].networkGigabitsPerSecond = 100
            }
        }
        // 67 connections less those that are kept free and the run's own.
        #expect(poor.classes.allSatisfy { [.memory, .connections].contains($0.binds) && $0.streams <= 16 })
        let narrow = try Self.answer { _, catalogue in
            for index in catalogue.classes.indices { catalogue.classes[index].networkGigabitsPerSecond = 0.01 }
        }
        #expect(narrow.classes.allSatisfy { $0.binds == .network })
    }

    @Test("predicts what the law gives on a class whose every limit is known")
    func prediction() throws {
        let known = KnownLaw.with(noise: 0.01)
        let answer = try Self.answer(known)
        let rows = Self.load.rows, days = Self.load.tenantDays
        let large = try entry("db.r6g.large", answer).seconds
        #expect(abs(large.cpu / ((known.warehouse.row * rows + known.warehouse.day * days) / (0.8 * 2)) - 1) < 0.03)
        #expect(abs(large.ebs / (known.writtenARow * rows / 79e6) - 1) < 0.01)
        #expect(abs(large.network / (120 * rows * 8 / 0.75e9) - 1) < 0.01)
        let four = try entry("db.r6g.4xlarge", answer)
        let streams = Configuration(Self.load, streams: four.streams, cores: 1000, fsync: true)
        #expect(abs(four.seconds.streams / known.wall(streams) - 1) < 0.05)
        // A core of an r8g is taken to be a quarter faster.
        #expect(abs(try entry("db.r8g.large", answer).seconds.cpu * 1.25 / large.cpu - 1) < 1e-9)
    }

    @Test("says when the cheapest class is outgrown")
    func growth() throws {
        let answer = try Self.answer { question, _ in
            question.windowSeconds = 10
            question.growth = 0.05
        }
        let cheapest = try #require(answer.cheapest)
        let growth = try #require(answer.growth.first)
        #expect(growth.name == cheapest.name && growth.points.first?.month == 0)
        #expect(growth.points.first?.windowSeconds == cheapest.windowSeconds)
        let month = try #require(growth.outgrownInMonth)
        let factor = (0..<month).reduce(1.0) { factor, _ in factor * 1.05 }
        func verdict(_ factor: Double) throws -> Verdict? {
            try Self.answer { question, _ in
                question.windowSeconds = 10
                question.workload.rowsPerDay = Int(20_000 * factor)
            }.classes.first { $0.name == cheapest.name }?.verdict
        }
        #expect(try verdict(factor) != .pass)
        #expect(try verdict(factor / 1.05) == .pass)
        #expect(try Self.answer { question, _ in question.growth = 0 }.growth.first?.outgrownInMonth == nil)
    }

    @Test("at twice the volume is the answer to twice the rows")
    func twice() throws {
        let once = try Self.answer()
        let twice = try Self.answer { question, _ in question.workload.rowsPerDay *= 2 }
        for entry in once.classes {
            #expect(entry.atTwiceTheVolume.windowSeconds == twice.classes.first { $0.name == entry.name }?.windowSeconds)
        }
    }

    @Test("refuses questions that cannot be asked", arguments: 0..<12)
    func refused(number: Int) {
        let changes: [(inout Question) -> Void] = [
            { $0.windowSeconds = .nan }, { $0.windowSeconds = 0 }, { $0.windowSeconds = -3600 }, { $0.workload.tenants = 0 },
            { $0.workload.days = -1 }, { $0.workload.rowsPerDay = .max }, { $0.growth = .infinity }, { $0.growth = -0.1 },
            { $0.keptDays = 0 }, { $0.replicas = -1 }, { $0.currentCost = .nan }, { $0.replicaClass = "db.none" },
        ]
        #expect(throws: SizingError.self) { try Self.answer { question, _ in changes[number](&question) } }
    }

    @Test("is finite and ranked for the largest question")
    func largest() throws {
        let answer = try Self.answer { question, _ in
            question.workload = Workload(tenants: 1_000_000, days: 1_000_000, rowsPerDay: 1_000_000_000_000, rowBytes: 120)
            question.growth = 1
            question.keptDays = 100_000
        }
        #expect(answer.classes.allSatisfy { $0.verdict == .fail && $0.windowSeconds.value.isFinite })
        #expect(try !answer.text.isEmpty && !answer.html.isEmpty && !answer.json().isEmpty)
    }
}
