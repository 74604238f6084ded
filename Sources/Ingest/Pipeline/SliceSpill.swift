import CrashPoints
import PostgresBinary
import Reports
import Spill
import Stages
import Warehouse

/// A day that is read whole.
struct ReadDay: Sendable {
    let day: PlannedDay
    let instants: Range<Int64>
    let content: Content
    /// Digests of its rows by their keys; nil where they were not digested so.
    var buckets: BucketDigests?
    /// What is to be said of it, though nothing failed.
    var note: String?

    enum Content: Sendable {
        /// Its rows are in a spill file.
        case spilled(SpillFile)
        /// Its rows have the number and the digest that the ledger knows; they were not kept.
        case known(DigestedDay)
        /// The spill file has its rows in the buckets that differ from those of the day that the ledger knows.
        case changed(DigestedDay, in: BucketSelection, of: String, SpillFile)
    }

    var rows: Int {
        switch content {
        case .spilled(let file): file.rows
        case .known(let day), .changed(let day, _, _, _): day.rows
        }
    }

    /// The spill file, where there is one.
    var file: SpillFile? {
        switch content {
        case .spilled(let file), .changed(_, _, _, let file): file
        case .known: nil
        }
    }
}

/// All rows of a day that were read and not kept.
struct DigestedDay: Sendable {
    let rows: Int
    /// Of a COPY BINARY stream of them.
    let bytes: Int
    let digest: String
}

/// Writes a slice's rows to one spill file a day, and passes each day on as soon as it is whole.
///
/// A day that is likely to be as the warehouse has it is only digested at first. When the digest turns out another, the day is read once
/// more from the same snapshot: reading twice what changed costs less than writing everything. Where it is known in which buckets of keys
/// the day in the warehouse differs, and they are few, only their rows are kept then.
final class SliceSpill: SliceSink {
    /// What the sink knows of one day.
    private final class Day {
        /// Of the day in the warehouse, while the rows are not kept.
        var expected: String?
        var writer: SpillWriter?
        /// Of the content dropped so far.
        var dropped = 0
        /// The whole day, while only rows of buckets that differ are kept.
        var whole: DigestedDay?

        init(expecting digest: String?) { expected = digest }

        /// Writes a block to the file; the first one behind a header.
        func keep(_ block: DayBlock) throws {
            if writer?.contentBytes == 0 {
                var header = CopyBinaryWriter(capacity: 64)
                header.writeHeader()
                try writer?.write(header.bytes)
            }
            // The compiler lends the bytes of a local only.
            let rows = block
            try writer?.write(rows.writer.bytes)
        }
    }

    private let part: Plan.Part
    private let slice: Plan.Slice
    private let plan: String
    private let run: String
    private let state: SourceState
    private let directory: SpillDirectory
    private let share: SpillShare
    private let known: ([PlannedDay]) async -> [CalendarDate: BucketDigests]
    private let began: ([PlannedDay]) -> Void
    private let pass: (ReadDay) -> Void
    private let days: [Day]
    /// For people who look; what tells files apart is in them.
    private let prefix: String

    /// A sink for the days of `slice` in the folder of `run`. `plan` is the plan's identity; `trustsLedger` lets days be digested before they
    /// are kept; `known` gives the buckets of days that the ledger knows, where there are any; `began` is told of the days that are read
    /// next, `pass` of each that is whole.
    init(
        _ part: Plan.Part, _ slice: Plan.Slice, at state: SourceState, plan: String, run: String, trustsLedger: Bool,
        _ directory: SpillDirectory, _ share: SpillShare,
        known: @escaping ([PlannedDay]) async -> [CalendarDate: BucketDigests] = { _ in [:] },
        began: @escaping ([PlannedDay]) -> Void, pass: @escaping (ReadDay) -> Void
    ) {
        self.part = part
        self.slice = slice
        self.plan = plan
        self.run = run
        self.state = state
        self.directory = directory
        self.share = share
        self.known = known
        self.began = began
        self.pass = pass
        // Narrow columns of plain tables are cheap to read twice, a query may not be.
        let probes = trustsLedger && part.report.native != nil
        days = slice.days.map { Day(expecting: probes && $0.isLikelyUnchanged ? $0.knownDigest : nil) }
        prefix = "\(part.report.name.filter { $0.isASCII && $0.isLetter }.prefix(20))-\(UInt64.random(in: 0 ... .max))"
    }

    static func identity(_ part: Plan.Part, _ day: CalendarDate, plan: String) -> SpillIdentity {
        SpillIdentity(
            tenant: part.tenant.name, report: part.report.name, day: day.description, reportVersion: part.report.version,
            columns: part.report.columns.map(\.name), plan: plan)
    }

    /// Days that are only digested keep no loader busy.
    var wantsDaysSoon: Bool { days.contains { $0.expected == nil } }

    func begin(_ range: Range<Int>) -> Bool {
        began(Array(slice.days[range]))
        // Of a day that is kept in part, few rows are worth putting in order.
        return range.contains { days[$0].expected == nil && days[$0].whole == nil }
    }

    /// Passes on blocks that are full.
    func drain(_ rows: DayRows) async throws {
        for day in days.indices where rows.blocks[day].writer.count >= SliceReader.blockBytes { try await take(day, rows.blocks[day]) }
    }

    func finish(_ range: Range<Int>, _ rows: DayRows) async throws -> [Int] {
        let again = range.filter { isAnother($0, rows.blocks[$0]) }
        try await narrow(again, rows)
        for index in range where !again.contains(index) {
            let block = rows.blocks[index]
            try await finish(index, block, note: block.digest.rows == 0 ? rows.noteOnEmptyDays : nil)
        }
        if range.upperBound == days.count, again.isEmpty { CrashPoint.sourceRead.reach() }
        return again
    }

    /// Whether a day is not the one expected, so that what was kept of it is not what has to be.
    private func isAnother(_ index: Int, _ block: DayBlock) -> Bool {
        let expected = days[index].whole?.digest ?? days[index].expected
        return expected.map { $0 != block.digest.description } ?? false
    }

    /// Lets all rows of some days that are read again be kept, or those of the buckets that differ from the days that the ledger knows.
    private func narrow(_ again: [Int], _ rows: DayRows) async throws {
        let digested = again.filter { days[$0].expected != nil && rows.blocks[$0].buckets != nil }
        let known = digested.isEmpty ? [:] : await self.known(digested.map { slice.days[$0] })
        for index in again {
            let (day, block) = (days[index], rows.blocks[index])
            let buckets = day.expected == nil ? nil : known[slice.days[index].day]
            block.kept = buckets.flatMap { block.buckets?.differing(from: $0, atMost: DayLoad.Part.largestShare) }
            day.whole = block.kept.map { _ in
                DigestedDay(
                    rows: block.digest.rows, bytes: Self.headerBytes + day.dropped + block.writer.count + Self.trailerBytes,
                    digest: block.digest.description)
            }
            day.writer = nil
            day.expected = nil
            day.dropped = 0
        }
    }

    /// Of a COPY BINARY stream (PostgreSQL manual, "COPY", "Binary Format").
    private static let headerBytes = 19
    private static let trailerBytes = 2

    /// Writes what is left of a day, its trailer and its footer.
    private func finish(_ index: Int, _ block: DayBlock, note: String?) async throws {
        let day = days[index]
        block.writer.writeTrailer()
        try await take(index, block)
        let content: ReadDay.Content
        if day.expected != nil {
            content = .known(DigestedDay(rows: block.digest.rows, bytes: Self.headerBytes + day.dropped, digest: block.digest.description))
        } else {
            guard let writer = day.writer.take() else { return }
            let kept = block.kept == nil ? block.digest : block.keptDigest
            let pass = StageMeter.pass(.spill)
            let file = try writer.finish(rows: kept.rows, digest: kept.description, sourcePosition: state.encoded)
            pass?.end()
            if let whole = day.whole, let buckets = block.kept, let replaced = slice.days[index].knownDigest {
                content = .changed(whole, in: buckets, of: replaced, file)
            } else {
                content = .spilled(file)
            }
            CrashPoint.daySpilled.reach()
        }
        let instants = slice.bounds.instants[index]..<slice.bounds.instants[index + 1]
        let buckets = block.buckets?.folded(forRows: block.digest.rows)
        block.release()
        pass(ReadDay(day: slice.days[index], instants: instants, content: content, buckets: buckets, note: note))
    }

    /// Empties a block into the day's file, which begins with the header of a COPY BINARY stream, or into nothing.
    private func take(_ index: Int, _ block: DayBlock) async throws {
        guard block.writer.count > 0 else { return }
        if days[index].expected == nil {
            if days[index].writer == nil { days[index].writer = try begin(slice.days[index], isPart: block.kept != nil) }
            try await share.reserve(block.writer.count)
            let pass = StageMeter.pass(.spill)
            defer { pass?.end(bytes: block.writer.count) }
            try days[index].keep(block)
        } else {
            days[index].dropped += block.writer.count
        }
        block.writer.removeAll()
    }

    private func begin(_ day: PlannedDay, isPart: Bool) throws -> SpillWriter {
        // Some rows of a day are good for the day that they were found to differ from, and no plan asks for them: they are not resumed.
        try directory.makeFile(
            run: run, name: "\(prefix)-\(day.day)" + (isPart ? "-part" : ""),
            identity: Self.identity(part, day.day, plan: isPart ? "some rows of \(plan)" : plan), share: share)
    }
}
