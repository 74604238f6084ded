import FoundationEssentials
import Postgres
import PostgresBinary
import Reports
import SQLText
public import Spill
import Synchronization
public import Warehouse

/// Compares warehouse days with the source: what a fresh read of it would load, with what the ledger says and what the table holds.
///
/// A slice is read once, digested and spilled. Digests decide whether a day is the same; only of a day that is not, the rows go to the
/// warehouse, into a temporary table, to be counted.
public struct Verifier: Sendable {
    private let warehouse: Warehouse
    private let keys: KeyRing
    private let spill: SpillDirectory
    private let limits: Limits

    /// A verifier; it leaves nothing anywhere.
    public init(_ warehouse: Warehouse, keys: KeyRing, spill: SpillDirectory, limits: Limits) {
        self.warehouse = warehouse
        self.keys = keys
        self.spill = spill
        self.limits = limits
    }

    /// The states of all days of a plan, in the order of tenant, report and day.
    public func verify(_ plan: Plan, progress: @escaping @Sendable (DayState) -> Void) async throws -> [DayState] {
        let control = ControlSession(warehouse)
        defer { Task { await control.close() } }
        let known = try await control.perform { try await SourceRegister.all($0) }
        // What is not known yet is left to the first run: a verification writes nothing.
        let task = Reading(control: control, sources: SourceGuard(known) { $1 }, plan: plan.identity)
        defer { try? spill.removeRun(task.folder) }
        let replicas = Limiter(limits.replicas)
        return try await withThrowingTaskGroup(of: [DayState].self) { group in
            for (replica, parts) in Dictionary(grouping: plan.parts, by: { Replica($0.tenant) }) {
                group.addTask(executorPreference: BlockingExecutor.shared) {
                    try await replicas.withPermit { try await verify(parts, from: replica, task, progress) }
                }
            }
            let states = try await group.reduce(into: []) { $0 += $1 }
            return states.sorted { ($0.tenant, $0.report, $0.day) < ($1.tenant, $1.report, $1.day) }
        }
    }

    /// What the tasks of one verification share.
    private struct Reading: Sendable {
        let control: ControlSession
        let sources: SourceGuard
        let plan: String
        let folder = "verify-\(UInt64.random(in: 0 ... .max))"
    }

    private func verify(
        _ parts: [Plan.Part], from replica: Replica, _ task: Reading, _ progress: @Sendable (DayState) -> Void
    ) async throws -> [DayState] {
        let streams = ReplicaStreams(replica, parts.map(\.tenant), usual: limits.streamsPerReplica)
        var states: [DayState] = []
        for part in parts {
            for slice in part.slices {
                let found = try await verify(slice, of: part, streams, task)
                found.forEach(progress)
                states += found
            }
        }
        return states
    }

    private func verify(
        _ slice: Plan.Slice, of part: Plan.Part, _ streams: ReplicaStreams, _ task: Reading
    ) async throws -> [DayState] {
        let left = DaysLeft(slice.days)
        let found = FoundDays()
        var states: [DayState] = []
        var again: [Plan.Slice] = []
        do {
            try await streams.withStream(task.control) { _ in
            } _: {
                try await RetryPolicy(attempts: limits.attempts).run(on: .source) {
                    try await read(slice, part, task, left, into: found)
                }
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let failure = Failure(error, on: .source)
            let rest = left.after(failure, of: slice)
            states = rest.failed.map { DayState(part, $0, failure) }
            again = rest.again
        }
        states += try await compare(found.take(), part)
        for slice in again { states += try await verify(slice, of: part, streams, task) }
        return states
    }

    /// Reads the days that are left of a slice; those that are read are found even where it fails.
    private func read(_ slice: Plan.Slice, _ part: Plan.Part, _ task: Reading, _ left: DaysLeft, into found: FoundDays)
        async throws
    {
        let parameters = limits.bounding(try await part.tenant.connectionParameters(keys, timeZone: part.report.timeZone))
        let days = Set(left.days.map(\.day))
        for piece in slice.pieces(days.contains) {
            try await SourceLocks.connecting(parameters) { connection in
                var state = try await SourceState.read(connection)
                try await task.sources.admit(&state, of: part.tenant) { try await SourceState.read(connection) }
                left.begin([])
                try await spill.quota.withShare { [state] share in
                    let files = SliceSpill(
                        part, piece, at: state, plan: task.plan, run: task.folder, trustsLedger: false, spill, share,
                        began: left.begin
                    ) {
                        left.done($0.day)
                        found.add($0, state)
                    }
                    try await SliceReader(report: part.report, bounds: piece.bounds, limits: limits) { _, _ in }
                        .read(over: connection, at: state, into: files)
                }
            }
        }
    }

    /// Compares days over one session; one that cannot be compared keeps none of the others from it. What may pass is
    /// tried again, each such day by itself.
    private func compare(_ days: [FoundDays.Day], _ part: Plan.Part) async throws -> [DayState] {
        defer { for file in days.compactMap(\.read.file) { try? spill.remove(run: file.run, name: file.name) } }
        var states: [DayState] = []
        var open: [FoundDays.Day] = days
        if !days.isEmpty {
            try? await warehouse.withSession { session in
                for day in days where session.isOpen {
                    guard let state = try await state(of: day, part, session) else { continue }
                    states.append(state)
                    open.removeAll { $0.read.day.day == day.read.day.day }
                }
            }
        }
        try Task.checkCancellation()
        for day in open {
            do {
                states.append(
                    try await RetryPolicy(attempts: limits.attempts).run(on: .warehouse) {
                        try await warehouse.withSession { try await compare(day, part, $0) }
                    })
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                states.append(DayState(part, day.read.day, Failure(error, on: .warehouse)))
            }
        }
        return states
    }

    /// Nil for a day that is worth another try.
    private func state(of day: FoundDays.Day, _ part: Plan.Part, _ session: Connection) async throws -> DayState? {
        do {
            return try await compare(day, part, session)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let failure = Failure(error, on: .warehouse)
            return failure.isTransient || !session.isOpen ? nil : DayState(part, day.read.day, failure)
        }
    }

    private func compare(_ day: FoundDays.Day, _ part: Plan.Part, _ session: Connection) async throws -> DayState {
        let date = day.read.day.day
        let ledger = try await Ledger.days(
            schema: part.tenant.schema, report: part.report.name, from: date, to: date, session)
        return try await compare(day.read, with: ledger[date], at: day.state, part, session)
    }

    private func compare(
        _ day: ReadDay, with entry: LedgerEntry?, at state: SourceState, _ part: Plan.Part, _ session: Connection
    ) async throws -> DayState {
        guard let entry else {
            var missing = DayState(part, day.day, .missing)
            missing.sourceRows = day.rows
            return missing
        }
        let table = try await digest(of: entry, part, session)
        let hasText = part.report.columns.contains { $0.type.form == .input }
        var isAsLoaded = hasText || table.description == entry.digest && table.rows == entry.rows
        var isAsInSource = table.description == day.file?.digest && table.rows == day.rows
        var difference: DayDifference?
        if !isAsInSource, let file = day.file { difference = try await self.difference(of: file, from: entry, part, session) }
        if difference?.isEmpty == true {
            // The warehouse writes some values otherwise than they came: text that it has read, and varchar(3) without the
            // blanks beyond its length. Rows tell then, not digests.
            isAsInSource = true
            if entry.digest == day.file?.digest { isAsLoaded = true }
        }
        guard isAsInSource || !state.position.isBehind(entry.position) else {
            throw Self.replicaIsBehind(entry, state, of: part.tenant.name)
        }
        var found = DayState(
            part, day.day, !isAsLoaded ? .differs : entry.isProvisional ? .provisional : isAsInSource ? .same : .differs
        )
        found.sourceRows = day.rows
        found.warehouseRows = table.rows
        if !isAsInSource, let difference {
            (found.missing, found.extra, found.changed) = (difference.missing, difference.extra, difference.changed)
        }
        if found.state == .provisional { found.note = Self.whyProvisional(day, state) }
        return found
    }

    /// Why a day that was read before may still grow, as far as the replica tells now.
    private static func whyProvisional(_ day: ReadDay, _ state: SourceState) -> String {
        let end = day.instants.upperBound
        guard state.isProvisional(dayEndingAt: end) else {
            return "it was read before the replica had all of it; the next run reads it again"
        }
        // Seconds since 1970 and microseconds since 2000.
        let isOver = Double(end) / 1_000_000 + 946_684_800 <= Date().timeIntervalSince1970
        guard isOver else { return "the day is not over" }
        return "the replica lags: it has replayed up to \(state.position.replayTime ?? "an unknown time"), which is before the day's end"
    }

    /// Of the rows that the day's table holds now.
    private func digest(of entry: LedgerEntry, _ part: Plan.Part, _ session: Connection) async throws -> RowDigest {
        let columns = part.report.columns.map { column in
            let name = SQL.identifier(column.name)
            return column.type.form == .input ? SQL.outputText(of: name) : name
        }.joined(separator: ", ")
        var receiver = DigestReceiver(fieldCount: part.report.columns.count)
        let table = SQL.identifier(part.tenant.schema, entry.table)
        _ = try await session.copyOut(
            "COPY (SELECT \(columns) FROM \(table)) TO STDOUT (FORMAT binary)", into: &receiver)
        try receiver.reader.finish()
        return receiver.digest
    }

    /// Counts the rows in a transaction that is rolled back.
    private func difference(
        of file: SpillFile, from entry: LedgerEntry, _ part: Plan.Part, _ session: Connection
    ) async throws -> DayDifference {
        struct Counted: Error { let difference: DayDifference }
        do {
            return try await session.transaction {
                let comparison = DayComparison(of: part.report, schema: part.tenant.schema, table: entry.table, session)
                var reader = try spill.openFile(file)
                try await comparison.stage { stream in
                    try await stream.put(contentOf: &reader)
                }
                throw Counted(difference: try await comparison.difference())
            }
        } catch let counted as Counted {
            return counted.difference
        }
    }

    private static func replicaIsBehind(_ entry: LedgerEntry, _ state: SourceState, of tenant: String) -> Failure {
        Failure(
            code: "replicaBehind",
            message:
                "the day was read at \(entry.position.replayLSN ?? "") and the replica stands at \(state.position.replayLSN ?? "") only",
            hint: "verify again when it has caught up; if the source was set back, as after a restore: "
                + "dayhaul tenant set \(Shell.word(tenant)) --accept-source")
    }
}

/// Days of a slice that are read, each with where the replica stood.
private final class FoundDays: Sendable {
    struct Day: Sendable {
        let read: ReadDay
        let state: SourceState
    }

    private let days = Mutex<[Day]>([])

    func add(_ read: ReadDay, _ state: SourceState) { days.withLock { $0.append(Day(read: read, state: state)) } }

    func take() -> [Day] { days.withLock { $0 } }
}

/// Digests the rows of a table.
private struct DigestReceiver: CopyOutReceiver, ~Copyable {
    var reader: CopyBinaryReader
    var digest = RowDigest()

    init(fieldCount: Int) { reader = CopyBinaryReader(fieldCount: fieldCount) }

    mutating func receive(_ message: RawSpan) throws {
        var digest = digest
        try reader.feed(message) { row in digest.add(row.rowBytes) }
        self.digest = digest
    }

    mutating func drain() async throws {}
}
