public import Postgres
public import PostgresBinary
public import Reports
public import Spill
public import Warehouse

/// Tries a report against a tenant: reads one day, and publishes it in a transaction that is rolled back.
public struct ReportTrial: Sendable, Codable {
    /// Whose replica was read.
    public let tenant: String
    /// ISO date of the day that was read.
    public let day: String
    /// Its rows.
    public let rows: Int
    /// Of its rows, in any order.
    public let digest: String
    /// For a native report: whether its SQL template gives the same rows; nil where there is no native code.
    public let nativeEqualsTemplate: Bool?
    /// Columns whose source has another type, and how they become the declared one; a sentence each.
    public let conversions: [String]
    /// What is to be known though nothing fails; a sentence each.
    public let warnings: [String]
    /// How long the read took.
    public let seconds: Double

    /// Reads one day, tries to publish it, and for a native report reads its template's day as well. Nothing is left in
    /// the warehouse or the spill directory. Throws `Failure`.
    public static func run(
        _ report: ReportDefinition, on tenant: Tenant, day: CalendarDate, keys: KeyRing, spill: SpillDirectory,
        _ session: Connection
    ) async throws -> ReportTrial {
        let bounds = try await WarehouseCalendar.bounds(from: day, to: day + 1, in: report.timeZone, session)
        let planned = PlannedDay(day: day, reason: .asked, knownRows: nil, knownDigest: nil)
        let slice = Plan.Slice(days: [planned], bounds: bounds)
        let part = Plan.Part(tenant: tenant, report: report, slices: [slice], start: nil)
        let folder = "check-\(UInt64.random(in: 0 ... .max))"
        defer { try? spill.removeRun(folder) }
        let found: Found
        do {
            found = try await read(part, slice, keys, spill, folder)
        } catch {
            throw Failure(error, on: .source)
        }
        let published: [String]
        do {
            published = try await publish(found, of: part, spill, session)
        } catch {
            throw Failure(error, on: .warehouse)
        }
        return ReportTrial(
            tenant: tenant.name, day: day.description, rows: found.file.rows, digest: found.file.digest,
            nativeEqualsTemplate: found.template.map { $0 == found.file.digest }, conversions: found.conversions,
            warnings: (found.policy.map {
                ["row-level security chooses which rows this login sees at the source: \($0)"]
            } ?? []) + published,
            seconds: found.seconds)
    }

    /// What a read of the day found.
    private struct Found {
        let read: ReadDay
        let file: SpillFile
        let state: SourceState
        let conversions: [String]
        /// What the server says of row-level security; nil where no policy applies.
        let policy: String?
        /// Digest of the template's rows.
        let template: String?
        let seconds: Double
    }

    private static func read(
        _ part: Plan.Part, _ slice: Plan.Slice, _ keys: KeyRing, _ spill: SpillDirectory, _ folder: String
    ) async throws -> Found {
        let start = ContinuousClock.now
        let report = part.report
        let parameters = try await part.tenant.connectionParameters(keys, timeZone: report.timeZone)
        return try await SourceLocks.connecting(parameters) { connection in
            let state = try await SourceState.read(connection)
            var days: [ReadDay] = []
            try await spill.quota.withShare { share in
                let sink = SliceSpill(
                    part, slice, at: state, plan: folder, run: folder, trustsLedger: false, spill, share,
                    began: { _ in }
                ) { days.append($0) }
                try await SliceReader(report: report, bounds: slice.bounds) { _, _ in }.read(
                    over: connection, at: state, into: sink)
            }
            guard let day = days.first, let file = day.file else {
                throw Failure(code: "internal", message: "the read gave no day")
            }
            let elapsed = (ContinuousClock.now - start) / .seconds(1)
            let (conversions, policy) = try await SliceReader(report: report, bounds: slice.bounds) { _, _ in }
                .description(over: connection, at: state)
            return Found(
                read: day, file: file, state: state, conversions: conversions, policy: policy,
                template: report.native == nil
                    ? nil : try await digest(report.withoutNative, slice.bounds, state, connection),
                seconds: elapsed)
        }
    }

    private static func digest(
        _ report: ReportDefinition, _ bounds: DayBounds, _ state: SourceState, _ connection: Connection
    ) async throws -> String {
        let drain = RowDrain()
        try await SliceReader(report: report, bounds: bounds) { _, _ in }.read(over: connection, at: state, into: drain)
        return drain.digest.description
    }

    private static func publish(
        _ found: Found, of part: Plan.Part, _ spill: SpillDirectory, _ session: Connection
    ) async throws -> [String] {
        let load = DayLoad(
            day: found.read.day.day, instants: found.read.instants, rows: found.file.rows,
            bytes: found.file.contentBytes,
            digest: found.file.digest,
            isProvisional: found.state.isProvisional(dayEndingAt: found.read.instants.upperBound),
            position: found.state.position, runID: 0)
        return try await Rehearsal.run(part.report, for: part.tenant, load, session) { stream in
            var reader = try spill.openFile(found.file)
            try await stream.put(contentOf: &reader)
        }
    }
}

/// Drops rows once they are digested.
private final class RowDrain: SliceSink {
    let wantsDaysSoon = false
    /// Of the first day.
    private(set) var digest = RowDigest()

    func begin(_ days: Range<Int>) -> Bool { false }

    func drain(_ rows: DayRows) async throws {
        for block in rows.blocks { block.writer.removeAll() }
    }

    func finish(_ days: Range<Int>, _ rows: DayRows) async throws -> [Int] {
        if days.contains(0) { digest = rows.blocks[0].digest }
        return []
    }
}
