import CrashPoints
import PostgresBinary
import Reports
import Spill
import Warehouse

/// A day that is read whole.
struct ReadDay: Sendable {
    let day: PlannedDay
    let instants: Range<Int64>
    let content: Content

    enum Content: Sendable {
        /// Its rows are in a spill file.
        case spilled(SpillFile)
        /// Its rows have the number and the digest that the ledger knows; they were not kept.
        case known(rows: Int, bytes: Int, digest: String)
    }

    var rows: Int {
        switch content {
        case .spilled(let file): file.rows
        case .known(let rows, _, _): rows
        }
    }

    /// The spill file, where there is one.
    var file: SpillFile? { if case .spilled(let file) = content { file } else { nil } }
}

/// Writes a slice's rows to one spill file a day, and passes each day on as soon as it is whole.
///
/// A day that is likely to be as the warehouse has it is only digested at first. When the digest turns out another, the day is read once
/// more from the same snapshot: reading twice what changed costs less than writing everything.
final class SliceSpill: SliceSink {
    /// What the sink knows of one day.
    private final class Day {
        /// Of the day in the warehouse, while the rows are not kept.
        var expected: String?
        var writer: SpillWriter?
        /// Of the content dropped so far.
        var dropped = 0

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
    private let began: ([PlannedDay]) -> Void
    private let pass: (ReadDay) -> Void
    private let days: [Day]
    /// For people who look; what tells files apart is in them.
    private let prefix: String

    /// A sink for the days of `slice` in the folder of `run`. `plan` is the plan's identity; `trustsLedger` lets days be digested before they
    /// are kept; `began` is told of the days that are read next, `pass` of each that is whole.
    init(
        _ part: Plan.Part, _ slice: Plan.Slice, at state: SourceState, plan: String, run: String, trustsLedger: Bool,
        _ directory: SpillDirectory, _ share: SpillShare, began: @escaping ([PlannedDay]) -> Void, pass: @escaping (ReadDay) -> Void
    ) {
        self.part = part
        self.slice = slice
        self.plan = plan
        self.run = run
        self.state = state
        self.directory = directory
        self.share = share
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
        return range.contains { days[$0].expected == nil }
    }

    /// Passes on blocks that are full.
    func drain(_ rows: DayRows) async throws {
        for day in days.indices where rows.blocks[day].writer.count >= SliceReader.blockBytes { try await take(day, rows.blocks[day]) }
    }

    func finish(_ range: Range<Int>, _ rows: DayRows) async throws -> [Int] {
        var again: [Int] = []
        for index in range {
            let (day, block) = (days[index], rows.blocks[index])
            if let expected = day.expected, block.digest.description != expected {
                day.expected = nil
                day.dropped = 0
                again.append(index)
                continue
            }
            try await finish(index, block)
        }
        if range.upperBound == days.count, again.isEmpty { CrashPoint.sourceRead.reach() }
        return again
    }

    /// Writes what is left of a day, its trailer and its footer.
    private func finish(_ index: Int, _ block: DayBlock) async throws {
        let day = days[index]
        block.writer.writeTrailer()
        try await take(index, block)
        let content: ReadDay.Content
        if day.expected != nil {
            content = .known(rows: block.digest.rows, bytes: day.dropped, digest: block.digest.description)
        } else {
            guard let writer = day.writer.take() else { return }
            content = .spilled(
                try writer.finish(rows: block.digest.rows, digest: block.digest.description, sourcePosition: state.encoded))
            CrashPoint.daySpilled.reach()
        }
        let instants = slice.bounds.instants[index]..<slice.bounds.instants[index + 1]
        pass(ReadDay(day: slice.days[index], instants: instants, content: content))
    }

    /// Empties a block into the day's file, which begins with the header of a COPY BINARY stream, or into nothing.
    private func take(_ index: Int, _ block: DayBlock) async throws {
        guard block.writer.count > 0 else { return }
        if days[index].expected == nil {
            if days[index].writer == nil { days[index].writer = try begin(slice.days[index]) }
            try await share.reserve(block.writer.count)
            try days[index].keep(block)
        } else {
            days[index].dropped += block.writer.count
        }
        block.writer.removeAll()
    }

    private func begin(_ day: PlannedDay) throws -> SpillWriter {
        try directory.makeFile(
            run: run, name: "\(prefix)-\(day.day)", identity: Self.identity(part, day.day, plan: plan), share: share)
    }
}
