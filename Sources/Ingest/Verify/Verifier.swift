import Postgres
import PostgresBinary
import Reports
import SQLText
public import Spill
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
        do {
            let (days, state) = try await streams.withStream(task.control) { _ in
            } _: {
                try await RetryPolicy(attempts: limits.attempts).run(on: .source) { try await read(slice, part, task) }
            }
            defer { for file in days.compactMap(\.file) { try? spill.remove(run: file.run, name: file.name) } }
            return try await RetryPolicy(attempts: limits.attempts).run(on: .warehouse) {
                try await warehouse.withSession { try await compare(days, at: state, part, $0) }
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let failure = Failure(error, on: .source)
            return slice.days.map { day in
                var state = DayState(part, day, .failed)
                state.warehouseRows = day.knownRows
                state.error = failure
                return state
            }
        }
    }

    private func read(_ slice: Plan.Slice, _ part: Plan.Part, _ task: Reading) async throws -> ([ReadDay], SourceState) {
        let parameters = try await part.tenant.connectionParameters(keys, timeZone: part.report.timeZone)
        return try await Connection.with(parameters) { connection in
            var state = try await SourceState.read(connection)
            try await task.sources.admit(&state, of: part.tenant)
            var days: [ReadDay] = []
            try await spill.quota.withShare { [state] share in
                let files = SliceSpill(
                    part, slice, at: state, plan: task.plan, run: task.folder, trustsLedger: false, spill, share, began: { _ in }
                ) { days.append($0) }
                try await SliceReader(report: part.report, bounds: slice.bounds) { _, _ in }
                    .read(over: connection, at: state, into: files)
            }
            return (days, state)
        }
    }

    private func compare(_ days: [ReadDay], at state: SourceState, _ part: Plan.Part, _ session: Connection) async throws -> [DayState] {
        guard let first = days.first?.day.day, let last = days.last?.day.day else { return [] }
        let ledger = try await Ledger.days(schema: part.tenant.schema, report: part.report.name, from: first, to: last, session)
        var states: [DayState] = []
        for day in days { states.append(try await compare(day, with: ledger[day.day.day], at: state, part, session)) }
        return states
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
        // Text that the warehouse has read may be written otherwise when it comes out again: rows tell then, not digests.
        let hasText = part.report.columns.contains { $0.type.form == .input }
        let isAsLoaded = hasText || table.description == entry.digest && table.rows == entry.rows
        var isAsInSource = table.description == day.file?.digest && table.rows == day.rows
        var difference: DayDifference?
        if !isAsInSource, let file = day.file { difference = try await self.difference(of: file, from: entry, part, session) }
        if hasText, difference?.isEmpty == true { isAsInSource = true }
        guard isAsInSource || !state.position.isBehind(entry.position) else { throw Self.replicaIsBehind(entry, state) }
        var found = DayState(part, day.day, !isAsLoaded ? .differs : entry.isProvisional ? .provisional : isAsInSource ? .same : .differs)
        found.sourceRows = day.rows
        found.warehouseRows = table.rows
        if !isAsInSource, let difference {
            (found.missing, found.extra, found.changed) = (difference.missing, difference.extra, difference.changed)
        }
        return found
    }

    /// Of the rows that the day's table holds now.
    private func digest(of entry: LedgerEntry, _ part: Plan.Part, _ session: Connection) async throws -> RowDigest {
        let columns = part.report.columns.map { column in
            let name = SQL.identifier(column.name)
            return column.type.form == .input ? SQL.outputText(of: name) : name
        }.joined(separator: ", ")
        var receiver = DigestReceiver(fieldCount: part.report.columns.count)
        let table = SQL.identifier(part.tenant.schema, entry.table)
        _ = try await session.copyOut("COPY (SELECT \(columns) FROM \(table)) TO STDOUT (FORMAT binary)", into: &receiver)
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

    private static func replicaIsBehind(_ entry: LedgerEntry, _ state: SourceState) -> Failure {
        Failure(
            code: "replicaBehind",
            message:
                "the day was read at \(entry.position.replayLSN ?? "") and the replica stands at \(state.position.replayLSN ?? "") only",
            hint: "verify again when it has caught up")
    }
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
