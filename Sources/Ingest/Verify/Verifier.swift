import Postgres
import PostgresBinary
import Reports
import SQLText
public import Warehouse

/// Compares warehouse days with the source: what a fresh read of it would load, with what the ledger says and what the table holds.
public struct Verifier: Sendable {
    private let warehouse: Warehouse
    private let keys: KeyRing
    private let limits: Limits

    /// A verifier; it writes nothing anywhere.
    public init(_ warehouse: Warehouse, keys: KeyRing, limits: Limits) {
        self.warehouse = warehouse
        self.keys = keys
        self.limits = limits
    }

    /// The states of all days of a plan, in the order of tenant, report and day.
    public func verify(_ plan: Plan, progress: @escaping @Sendable (DayState) -> Void) async throws -> [DayState] {
        let replicas = Limiter(limits.replicas)
        return try await withThrowingTaskGroup(of: [DayState].self) { group in
            for part in plan.parts {
                group.addTask { try await replicas.withPermit { try await verify(part, progress) } }
            }
            let states = try await group.reduce(into: []) { $0 += $1 }
            return states.sorted { ($0.tenant, $0.report, $0.day) < ($1.tenant, $1.report, $1.day) }
        }
    }

    private func verify(_ part: Plan.Part, _ progress: @Sendable (DayState) -> Void) async throws -> [DayState] {
        var states: [DayState] = []
        for slice in part.slices {
            let found = try await verify(slice, of: part)
            found.forEach(progress)
            states += found
        }
        return states
    }

    private func verify(_ slice: Plan.Slice, of part: Plan.Part) async throws -> [DayState] {
        do {
            let source = try await RetryPolicy(attempts: limits.attempts).run(on: .source) { try await digests(slice, part) }
            return try await warehouse.withSession { session in try await compare(slice, part, source, session) }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let failure = Failure(error, on: .source)
            return slice.days.map { DayState(part, $0, .failed, sourceRows: nil, warehouseRows: $0.knownRows, failure) }
        }
    }

    private func digests(_ slice: Plan.Slice, _ part: Plan.Part) async throws -> [RowDigest] {
        let parameters = try await part.tenant.connectionParameters(keys, timeZone: part.report.timeZone)
        return try await Connection.with(parameters) { connection in
            let reader = SliceReader(report: part.report, bounds: slice.bounds) { _, _ in }
            return try await reader.read(over: connection, into: RowDrain()).rows.blocks.map(\.digest)
        }
    }

    private func compare(
        _ slice: Plan.Slice, _ part: Plan.Part, _ source: [RowDigest], _ session: Connection
    ) async throws -> [DayState] {
        let (first, last) = (slice.bounds.first, slice.bounds.end - 1)
        let ledger = try await Ledger.days(schema: part.tenant.schema, report: part.report.name, from: first, to: last, session)
        var states: [DayState] = []
        for (day, digest) in zip(slice.days, source) {
            guard let entry = ledger[day.day], let table = try await tableDigest(entry, part, session) else {
                states.append(DayState(part, day, .missing, sourceRows: digest.rows, warehouseRows: nil))
                continue
            }
            let isSame = digest == table && entry.digest == digest.description && entry.rows == digest.rows
            states.append(DayState(part, day, isSame ? .same : .differs, sourceRows: digest.rows, warehouseRows: table.rows))
        }
        return states
    }

    /// Of the rows that the day's table holds now; nil when it is gone.
    private func tableDigest(_ entry: LedgerEntry, _ part: Plan.Part, _ session: Connection) async throws -> RowDigest? {
        guard try await session.query("SELECT _wh.does_mv_exist($1, $2)", [part.tenant.schema, entry.table]).scalar == "t" else {
            return nil
        }
        let columns = part.report.columns.map { SQL.identifier($0.name) }.joined(separator: ", ")
        var receiver = DigestReceiver(fieldCount: part.report.columns.count)
        let table = SQL.identifier(part.tenant.schema, entry.table)
        _ = try await session.copyOut("COPY (SELECT \(columns) FROM \(table)) TO STDOUT (FORMAT binary)", into: &receiver)
        try receiver.reader.finish()
        return receiver.digest
    }
}

/// What a verification found out about a day.
public struct DayState: Sendable, Codable {
    /// How the day in the warehouse compares with the source.
    public enum State: String, Sendable, Codable {
        /// The same rows.
        case same = "OK"
        /// Other rows, or others than the ledger says.
        case differs = "DIFFERS"
        /// Not in the warehouse.
        case missing = "MISSING"
        /// It could not be compared.
        case failed = "FAILED"
    }

    /// Whose day.
    public let tenant: String
    /// Of which report.
    public let report: String
    /// In which schema.
    public let schema: String
    /// ISO date.
    public let day: String
    /// How it compares.
    public let state: State
    /// Rows that a fresh read gave.
    public let sourceRows: Int?
    /// Rows that its table holds.
    public let warehouseRows: Int?
    /// Why it could not be compared.
    public let error: Failure?

    init(_ part: Plan.Part, _ day: PlannedDay, _ state: State, sourceRows: Int?, warehouseRows: Int?, _ error: Failure? = nil) {
        tenant = part.tenant.name
        report = part.report.name
        schema = part.tenant.schema
        self.day = day.day.description
        self.state = state
        self.sourceRows = sourceRows
        self.warehouseRows = warehouseRows
        self.error = error
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
