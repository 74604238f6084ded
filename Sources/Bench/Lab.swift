import Ingest
import Postgres
import PostgresBinary
import Reports
import Sizing
import Stages
import Warehouse

/// What is known so far: of each load from its warm-up, and the repetitions.
struct Lab {
    let trial: Trial
    private(set) var measurements: Measurements
    private var known: [Load: Known] = [:]
    private var seconds: [Cell: Double] = [:]
    private let fsync: Bool
    /// What cannot be loaded: no trial reads it again.
    private var failing: Set<FailedDays.Day> = []

    /// What a load's warm-up told.
    private struct Known {
        let workload: Workload
        let walOfOneStream: [Stage: Int]
        /// Of rows that were compared with the sources'; nil where they were not the same.
        let content: String?
        let seconds: Double
    }

    /// What the usual load's sources sent, and how passes over it divide.
    private var tape: SourceTape?
    private var shares = PassShares()

    /// What a slow disk takes: so little that the usual load, with WAL alone, waits for it. Nil where nobody knows what it writes.
    private(set) var slowDiskBytesPerSecond: Int?

    /// How many times as long as one stream took a slow disk takes.
    private static let slowness = 2.5

    /// The most bytes of sources that are kept in memory for the null source: an eighth of what there is.
    private static var tapeLimit: Int { Machine.memoryBytes / 8 }

    init(trial: Trial, provenance: Provenance, fsync: Bool) {
        self.trial = trial
        self.fsync = fsync
        measurements = Measurements(provenance, [])
    }

    /// Loads once with one stream: it warms caches, tells how WAL divides, and its rows are compared with the sources'. The usual load also
    /// tells of commits, of the passes over rows, and what the null source plays.
    ///
    /// Days that cannot be loaded are left out from then on, as `warn` is told. Throws `runFailed` where none is left.
    mutating func warmUp(_ load: Load, isBase: Bool, warn: (String) -> Void) async throws {
        var last: FailedDays?
        while true {
            do {
                for failure in try await warmUp(load, isBase: isBase) { warn("\(failure)") }
                return
            } catch let failed as FailedDays {
                failing.formUnion(failed.days)
                warn(failed.warning("cannot be loaded, not measured"))
                last = failed
            } catch let error as BenchError where error.code == .nothingToLoad {
                throw last?.error ?? error
            }
        }
    }

    /// Returns what failed besides days.
    private mutating func warmUp(_ load: Load, isBase: Bool) async throws -> [Failure] {
        let start = ContinuousClock.now
        let tape = isBase ? SourceTape(limit: Self.tapeLimit) : nil
        var states: [DayState] = []
        var told: (made: EncodedRows, commits: Double)?
        let ends: Ends = if let tape { .recording(tape) } else { .full }
        let outcome = try await trial.run(Cell(load: load, streams: 1), without: failing, ends, countsWAL: true) { warehouse, plan in
            states = try await trial.verify(plan, in: warehouse)
            guard isBase else { return }
            told = try await warehouse.withSession { session in
                (try await EncodedRows(leftBy: plan, session), try await ServerFacts.commitsPerSecond(session))
            }
        }
        let isSame = states.allSatisfy { $0.state == .same || $0.state == .provisional && !$0.needsRepair }
        let workload = try workload(of: load, outcome)
        known[load] = Known(
            workload: workload, walOfOneStream: outcome.counts.mapValues(\.walBytes), content: isSame ? outcome.content : nil,
            seconds: (ContinuousClock.now - start) / .seconds(1))
        guard let tape, let told else { return outcome.others }
        // Whole megabytes a second, as a configuration's name has it.
        slowDiskBytesPerSecond = outcome.totals.warehouseWritten.map { written in
            max(1, Int((Double(written) / (outcome.wallSeconds * Self.slowness) / 1e6).rounded())) * 1_000_000
        }
        shares = try PassShares(
            of: tape, passSeconds: outcome.counts[.transform]?.clientSeconds ?? 0, rows: outcome.totals.rows, made: told.made)
        self.tape = tape.isWhole ? tape : nil
        let night = trial.subject.night
        measurements.provenance.fsyncsPerSecond = told.commits
        measurements.provenance.workload = Workload(
            tenants: night.tenants, days: night.days, rowsPerDay: night.rowsPerDay ?? workload.rowsPerDay, rowBytes: workload.rowBytes)
        return outcome.others
    }

    private func workload(of load: Load, _ outcome: Trial.Outcome) throws -> Workload {
        let rows = outcome.totals.rows
        guard rows > 0 else {
            throw BenchError(
                .nothingToLoad, "\(load.label) has no rows from \(load.days.lowerBound) to \(load.days.upperBound)",
                hint: "choose tenants or days that have some")
        }
        let bytes = outcome.counts[.load]?.bytes ?? 0
        return Workload(
            tenants: load.tenants.count, days: load.dayCount, rowsPerDay: max(1, rows / (load.tenants.count * load.dayCount)),
            rowBytes: max(1, bytes / rows))
    }

    /// Whether a cell's ends can be had: what a null source plays has to fit into memory, and what a disk takes has to be known.
    func canMeasure(_ cell: Cell) -> Bool {
        (cell.kind != .nullSource || tape != nil) && (!cell.isDiskSlow || slowDiskBytesPerSecond != nil)
    }

    /// With making, dropping and comparing.
    func expectedSeconds(_ cell: Cell) -> Double? {
        seconds[cell] ?? known[cell.load].map { $0.seconds * (cell.isDiskSlow ? Self.slowness : 1) }
    }

    /// Measures a cell once, and keeps the repetition. Throws `FailedDays` where a day fails that could be loaded before: the repetition
    /// counts for nothing.
    mutating func measure(_ cell: Cell, number: Int) async throws -> Repetition {
        guard let known = known[cell.load] else { throw BenchError(.runFailed, "\(cell.load.label) was not warmed up") }
        let start = ContinuousClock.now
        let ends: Ends =
            switch cell.kind {
            case .full: .full
            case .nullSource: tape.map { .nullSource($0) } ?? .full
            case .nullSink: .nullSink
            }
        let outcome = try await trial.run(cell, without: failing, ends)
        let table = StageTable(
            counts: outcome.counts, readBack: outcome.readBack, totals: outcome.totals, shares: shares,
            walOfOneStream: cell.kind == .nullSink ? [:] : known.walOfOneStream,
            sourceIsEstimated: !trial.watch.seesSources, warehouseIsEstimated: trial.watch.warehouse == nil)
        let repetition = Repetition(
            number: number, kind: cell.kind, wallSeconds: outcome.wallSeconds,
            storedBytes: outcome.totals.tableBytes + outcome.totals.indexBytes,
            parity: cell.kind == .full ? (outcome.content == known.content ? .same : .differs) : .notCompared, stages: table.figures)
        keep(
            repetition,
            of: Configuration(
                known.workload, streams: cell.streams, cores: cell.cores ?? measurements.provenance.cores, fsync: fsync,
                diskBytesPerSecond: cell.isDiskSlow ? slowDiskBytesPerSecond : nil))
        seconds[cell] = (ContinuousClock.now - start) / .seconds(1)
        return repetition
    }

    private mutating func keep(_ repetition: Repetition, of configuration: Configuration) {
        if let index = measurements.configurations.firstIndex(where: { $0.configuration == configuration }) {
            measurements.configurations[index].repetitions.append(repetition)
        } else {
            measurements.configurations.append(ConfigurationMeasurements(configuration, [repetition]))
        }
    }
}
