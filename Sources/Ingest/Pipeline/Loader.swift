import CrashPoints
import Postgres
import Reports
import Spill
import Stages
import Warehouse

/// Publishes spilled days over one warehouse session, one after the other.
struct Loader {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Takes days until the readers are done.
    func run(_ jobs: AsyncStream<LoadJob>) async {
        var session = LoaderSession(context.engine.warehouse)
        // While the first day is being read; what goes wrong is told when it is needed.
        _ = try? await session.open()
        for await job in jobs {
            CrashPoint.dayTaken.reach()
            do {
                let result = try await context.control.withSlot(of: loaders) {
                    context.board.note(.waiting("other runs load into the warehouse (\(loaders.slots) sessions at once)"))
                } _: {
                    try await load(job, &session)
                }
                context.board.note(.day(result))
                // The day is published whether or not this is noted.
                if let connection = session.connection { try? await RunLog.note(RunEvent(result), run: context.run, connection) }
                CrashPoint.dayNoted.reach()
            } catch is CancellationError {
                // Readers may wait to hand over a day: they were cancelled as well.
            } catch {
                context.fail([job.read.day], of: job.part, Failure(error, on: .warehouse), since: job.start)
            }
            if let file = job.read.file { try? context.engine.spill.remove(run: file.run, name: file.name) }
            CrashPoint.spillRemoved.reach()
        }
        session.connection?.close()
    }

    private var loaders: SharedLimit { SharedLimit("loaders", slots: context.engine.limits.loaders) }

    private func load(_ job: LoadJob, _ session: inout LoaderSession) async throws -> DayResult {
        let published = try await context.retries.run(on: .warehouse) { failure, attempt in
            context.board.note(.retrying(tenant: job.part.tenant.name, report: job.part.report.name, failure: failure, attempt: attempt))
        } _: {
            try await publish(job, &session)
        }
        var result = context.result(
            job.part, job.read.day, DayResult.Outcome(published.outcome), rows: job.read.rows, since: job.start)
        result.inserted = published.inserted
        result.deleted = published.deleted
        result.isAsKnown = published.isAsKnown
        let notes = [published.reason, job.read.note].compactMap { $0 } + published.warnings
        result.notes = notes.isEmpty ? nil : notes
        return result
    }

    private func publish(_ job: LoadJob, _ session: inout LoaderSession) async throws -> PublishResult {
        if context.engine.ends.isNullSink { return try drop(job) }
        let connection = try await session.open()
        let target = try await session.target(job.part, connection)
        do {
            return try await DayPublisher(target, for: context.lease, connection).publish(job.load(in: context)) { stream in
                guard let file = job.read.file else {
                    throw Failure(
                        code: "changedMeanwhile", message: "another run has published other rows of the day since it was planned",
                        hint: "run the same command again")
                }
                // Verified as a whole before the first row of it is sent.
                let pass = StageMeter.pass(.spill, readingBack: true)
                var reader = try context.engine.spill.openFile(file)
                pass?.end()
                try await stream.put(contentOf: &reader)
            }
        } catch let error as PostgresError where error.sqlstate?.code == "23505" {
            throw duplicates(error, job)
        } catch let error as WarehouseError where error.code == .duplicateKey {
            // `two rows have the same key (id)=(7)`
            let key = String(error.message.drop { $0 != "(" })
            throw WarehouseError(.duplicateKey, "two rows have the same key \(rows(with: key, job) ?? key)", hint: error.hint)
        }
    }

    /// What a null sink does with a day: all but send it.
    private func drop(_ job: LoadJob) throws -> PublishResult {
        guard let file = job.read.file else { return PublishResult(outcome: .skipped) }
        let pass = StageMeter.pass(.spill, readingBack: true)
        defer { pass?.end() }
        var reader = try context.engine.spill.openFile(file)
        while try reader.advance() {}
        return PublishResult(outcome: .loaded, inserted: file.rows)
    }

    /// Says which two rows have the key that a unique index refused.
    private func duplicates(_ error: PostgresError, _ job: LoadJob) -> WarehouseError {
        let key = error.duplicateKey ?? "under a unique index"
        return WarehouseError(
            .duplicateKey, "two rows have the same key \(rows(with: key, job) ?? key)",
            hint: "the report's unique index says they must differ; look for duplicates in the source or in the report's joins")
    }

    /// Two rows of the day with the same values in a key's columns, found in the spill file, after that key.
    private func rows(with key: String, _ job: LoadJob) -> String? {
        guard let file = job.read.file else { return nil }
        let isWhole = if case .spilled = job.read.content { true } else { false }
        let finder = DuplicateFinder(key, of: job.part.report, isWhole: isWhole) {
            try context.engine.spill.openFile(file)
        }
        return (try? finder?.describe()) ?? nil
    }
}

extension LoadJob {
    /// What the publisher is told of the day.
    fileprivate func load(in context: RunContext) -> DayLoad {
        let (day, part) =
            switch read.content {
            case .spilled(let file): (DigestedDay(rows: file.rows, bytes: file.contentBytes, digest: file.digest), nil as DayLoad.Part?)
            case .known(let day): (day, nil)
            case .changed(let day, let buckets, let replaced, let file):
                (day, DayLoad.Part(buckets: buckets, rows: file.rows, replaced: replaced))
            }
        return DayLoad(
            day: read.day.day, instants: read.instants, rows: day.rows, bytes: day.bytes, digest: day.digest, buckets: read.buckets,
            part: part,
            isProvisional: state.isProvisional(dayEndingAt: read.instants.upperBound), position: state.position, runID: context.run,
            distrustsLedger: context.options.distrustsLedger, acceptsShrink: context.options.acceptsShrink)
    }
}

/// A loader's connection, opened when needed and again when lost, and the targets that it has made sure of.
private struct LoaderSession: ~Copyable {
    private let warehouse: Warehouse
    private(set) var connection: Connection?
    private var targets: [String: ReportTarget] = [:]

    init(_ warehouse: Warehouse) { self.warehouse = warehouse }

    mutating func open() async throws -> Connection {
        if let connection, connection.isOpen { return connection }
        let opened = try await warehouse.open()
        try await opened.inWarehouse(.publish, sinceStart: true) {}
        connection = opened
        return opened
    }

    mutating func target(_ part: Plan.Part, _ connection: Connection) async throws -> ReportTarget {
        // A slash is in no delimiter's way: schema names may hold one, but then report names tell them apart only with its length.
        let key = "\(part.tenant.schema.utf8.count)/\(part.tenant.schema)/\(part.report.name)"
        if let known = targets[key] { return known }
        let target = try await ReportTarget.ensure(part.report, for: part.tenant, startingOn: part.start, connection)
        targets[key] = target
        return target
    }
}

extension DayResult.Outcome {
    init(_ outcome: PublishOutcome) {
        self =
            switch outcome {
            case .loaded: .loaded
            case .merged: .merged
            case .unchanged: .unchanged
            case .skipped: .skipped
            }
    }
}
