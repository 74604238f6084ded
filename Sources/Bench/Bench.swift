import Ingest
import Postgres
import PostgresBinary
import Reports
public import Sizing
import Stages
import Warehouse

/// Measures what loading takes: a design's cells, once each in every round, until there are as many rounds as wanted or the budget is used.
///
/// Sources are read as the engine reads them. All that is written goes to a scratch database, made for each trial and dropped after it.
public struct Bench: Sendable {
    /// How much is measured.
    public struct Options: Sendable, Equatable {
        /// How long it may take, from the begin of `run`.
        public var budget = Duration.seconds(600)
        /// Repetitions of each cell.
        public var rounds = 5

        /// Ten minutes, five rounds.
        public init() {}
    }

    private let subject: Subject
    private let target: Target
    private let options: Options
    private let folder: String
    private let version: String

    /// A benchmark of `subject` on `target`. `folder` is an empty directory of the caller's, for spill files; `version` is the program's.
    public init(_ subject: Subject, on target: Target, _ options: Options = Options(), folder: String, version: String) {
        self.subject = subject
        self.target = target
        self.options = options
        self.folder = folder
        self.version = version
    }

    /// Measures. `save` is given all that was measured so far after each repetition from source to warehouse.
    ///
    /// Throws `BenchError`, and `CancellationError` when the task is cancelled: what was saved until then stays good, and the scratch
    /// database is gone.
    public func run(save: (Measurements) throws -> Void, observer: @Sendable (BenchEvent) -> Void) async throws {
        let deadline = ContinuousClock.now + options.budget
        var target = target
        target.server = try await Connection.with(target.server) { [target] in target.server.keepingPassword(of: $0) }
        let scratch = ScratchDatabase(server: target.server, name: target.scratchName)
        try await scratch.prepare()
        let watch = try await Watch(subject, target)
        let facts = try await ServerFacts.read(target.server)
        let provenance = try provenance(watch, target, facts)
        for warning in subject.warnings + sight(watch, target) { observer(.warning(warning)) }
        let cores = subject.restrict == nil ? [] : [1].filter { $0 < Machine.cores }
        let design = Design(
            base: subject.base, others: subject.others, streams: subject.streams, fewerCores: cores,
            slowsDisk: subject.throttle != nil)
        observer(.designed(cells: design.cells.count, rounds: options.rounds))
        let trial = Trial(subject: subject, target: target, watch: watch, folder: folder, version: version)
        var lab = Lab(trial: trial, provenance: provenance, fsync: facts.fsync)
        for (index, load) in design.loads.enumerated() {
            observer(.warmingUp(load.label, number: index + 1, of: design.loads.count))
            try await lab.warmUp(load, isBase: load == subject.base) { observer(.warning($0)) }
        }
        try await repeating(design, &lab, until: deadline, save, observer)
    }

    /// Measures rounds of a design. A repetition in which a day fails is said, and is not kept.
    private func repeating(
        _ design: Design, _ lab: inout Lab, until deadline: ContinuousClock.Instant,
        _ save: (Measurements) throws -> Void, _ observer: @Sendable (BenchEvent) -> Void
    ) async throws {
        var number = 0
        var last: FailedDays?
        for round in 1...max(1, options.rounds) {
            for cell in design.shuffled(round: round) where lab.canMeasure(cell) {
                let expected = lab.expectedSeconds(cell)
                guard ContinuousClock.now + .seconds(expected ?? 0) < deadline else { return observer(.outOfTime(rounds: round - 1)) }
                number += 1
                observer(.measuring(cell.label, number: number, of: design.cells.count * options.rounds, seconds: expected))
                do {
                    let repetition = try await measure(cell, number, &lab)
                    if cell.kind == .full { try save(lab.measurements) }
                    observer(.measured(cell.label, rows: repetition.stages.first?.rows ?? 0, seconds: repetition.wallSeconds))
                } catch let failed as FailedDays {
                    observer(.warning(failed.warning("failed, this repetition counts for nothing")))
                    last = failed
                }
            }
        }
        if let last, lab.measurements.configurations.isEmpty { throw last.error }
    }

    private func measure(_ cell: Cell, _ number: Int, _ lab: inout Lab) async throws -> Repetition {
        defer {
            if cell.cores != nil { try? subject.restrict?(nil) }
            if cell.isDiskSlow { try? subject.throttle?(nil) }
        }
        if let cores = cell.cores { try subject.restrict?(cores) }
        if cell.isDiskSlow { try subject.throttle?(lab.slowDiskBytesPerSecond) }
        return try await lab.measure(cell, number: number)
    }

    /// What has to be said of which servers' processes can be seen.
    private func sight(_ watch: Watch, _ target: Target) -> [String] {
        let unseen = [watch.warehouse == nil ? "warehouse's" : nil, watch.seesSources ? nil : "sources'"].compactMap { $0 }
        var said: [String] = []
        if !unseen.isEmpty {
            let whose = unseen.joined(separator: " and the ")
            said.append("the \(whose) processes cannot be seen from here: their CPU time is estimated from sampled activity")
        }
        if watch.warehouse != nil, let machine = target.machine {
            said.append("\(target.server.endpoint) is on this machine, so the file says what this one is, not \(machine.name)")
        }
        return said
    }

    /// Where it is measured; what the usual load's warm-up tells is not known yet.
    private func provenance(_ watch: Watch, _ target: Target, _ facts: ServerFacts) throws -> Provenance {
        guard watch.warehouse != nil || target.machine != nil else {
            throw BenchError(
                .unknownMachine, "\(target.server.endpoint) is on another machine, of which nothing can be seen",
                hint: "say which class it is: --class db.r6g.large")
        }
        let remote = watch.warehouse == nil ? target.machine : nil
        return Provenance(
            program: "dayhaul \(version)", measuredOn: facts.today, cpuModel: remote?.name ?? Machine.cpuModel,
            cores: remote?.cores ?? Machine.cores, memoryBytes: remote?.memoryBytes ?? Machine.memoryBytes,
            fileSystem: watch.warehouse?.dataDirectory.flatMap(Machine.fileSystem) ?? "unknown", fsyncsPerSecond: 0,
            sharesMachine: watch.warehouse != nil, postgresVersion: facts.version, settings: facts.settings, seed: subject.seed,
            workload: Workload(tenants: subject.night.tenants, days: subject.night.days, rowsPerDay: 1, rowBytes: 1))
    }
}
