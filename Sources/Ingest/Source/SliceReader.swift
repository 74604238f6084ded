import CrashPoints
import Postgres
import PostgresBinary
import Reports
import Stages

/// Takes a slice's rows away as they are read.
protocol SliceSink: AnyObject {
    /// Whether somebody waits for the first days while the others are read.
    var wantsDaysSoon: Bool { get }
    /// The rows that come next are of these days, by their places in the slice. True when they are kept, and are best in the report's order.
    func begin(_ days: Range<Int>) -> Bool
    /// Called after each burst of rows; writes or drops what the blocks hold.
    func drain(_ rows: DayRows) async throws
    /// The days are whole. Returns those that are to be read once more; nothing of them is kept.
    func finish(_ days: Range<Int>, _ rows: DayRows) async throws -> [Int]
}

/// Reads one slice of a report from a replica: all its COPYs in one read-only snapshot.
///
/// Dimensions come first. Then facts, a day at a time where the report and the source's indexes allow it: a day is whole, and on its way
/// to the warehouse, while the next one is read, and only one day at a time takes memory.
struct SliceReader {
    /// Bytes of a day's rows that are collected before they are passed on.
    static let blockBytes = 256 << 10

    let report: ReportDefinition
    let bounds: DayBounds
    /// Called with rows and bytes after each burst, for the progress display.
    let progress: @Sendable (_ rows: Int, _ bytes: Int) -> Void
    /// Of these, how large a row may be, and how many bytes are looked up.
    private let limits: Limits
    private var ends = Ends.full
    private var tenant = ""

    /// A reader of one slice of a report from its replica.
    init(
        report: ReportDefinition, bounds: DayBounds, limits: Limits = Limits(),
        progress: @escaping @Sendable (_ rows: Int, _ bytes: Int) -> Void
    ) {
        self.report = report
        self.limits = limits
        self.bounds = bounds
        self.progress = progress
    }

    /// The same, with other ends, for the tenant of that name.
    func between(_ ends: Ends, of tenant: String) -> SliceReader {
        var reader = self
        reader.ends = ends
        reader.tenant = tenant
        return reader
    }

    /// Reads the slice; `state` is where the replica stood just before.
    func read(over connection: Connection, at state: SourceState, into sink: some SliceSink) async throws {
        let session = StageMeter.Session(.source, processID: connection.backendPID)
        StageMeter.current?.begin(.extract, in: session, sinceStart: true)
        defer { StageMeter.current?.end(in: session) }
        let transform = report.transform(for: bounds, validatesText: state.isSQLASCII)
        let rows = DayRows(
            bounds: bounds, fieldCount: report.columns.count, keyField: report.native == nil ? nil : report.bucketField,
            capacity: Self.blockBytes)
        try await connection.transaction(.snapshot) {
            CrashPoint.snapshotTaken.reach()
            // Described before any of them is run, which locks all their tables: one that is rewritten or truncated meanwhile would look
            // empty to the snapshot (PostgreSQL manual, "Caveats" in "Concurrency Control").
            var dimensions: [CopyStatement] = []
            for read in transform.dimensions { dimensions.append(try await CopyStatement(for: read, connection)) }
            var facts: [CopyStatement] = []
            for read in transform.facts(of: 0..<1) { facts.append(try await CopyStatement(for: read, connection)) }
            var left = limits.lookupBytes
            for (read, statement) in zip(transform.dimensions, dimensions) {
                left -= try await copy(read, statement, transform, ordered: false, upTo: left, rows, sink, connection)
            }
            let security = RowSecurity(of: transform.dimensions + transform.facts(of: 0..<1))
            for days in try await steps(transform, wantsDaysSoon: sink.wantsDaysSoon, connection) {
                var ranges = [days]
                while let range = ranges.popLast() {
                    try await readFacts(of: range, transform, facts, security, rows, sink, connection)
                    ranges += try await sink.finish(range, rows).consecutiveRanges
                }
            }
        }
    }

    /// How columns become those that the report declares, a sentence each, and what the server says of row-level security, where a policy applies. Reads no
    /// rows.
    func description(over connection: Connection, at state: SourceState) async throws -> (conversions: [String], policy: String?) {
        let transform = report.transform(for: bounds, validatesText: state.isSQLASCII)
        let reads = transform.dimensions + transform.facts(of: 0..<1)
        return try await connection.transaction(.snapshot) {
            var conversions: [String] = []
            for read in reads { conversions += try await CopyStatement(for: read, connection).conversions.compactMap(\.description) }
            return (conversions, try await RowSecurity(of: reads).policy(connection))
        }
    }

    private func readFacts(
        of days: Range<Int>, _ transform: any SliceTransform, _ statements: [CopyStatement], _ security: RowSecurity, _ rows: DayRows,
        _ sink: some SliceSink, _ connection: Connection
    ) async throws {
        let ordered = sink.begin(days)
        for day in days { rows.blocks[day].forget() }
        let others = rows.count(without: days)
        for (number, read) in transform.facts(of: days).enumerated() {
            try await copy(read, statements[number % statements.count], transform, ordered: ordered, rows, sink, connection)
        }
        try await sink.drain(rows)
        guard rows.count(without: days) == others else {
            throw ReportError(
                .rowOutsideDay, "the source returned rows of other days than \(bounds.days[days.lowerBound])",
                hint: "the query must return the rows of its day only")
        }
        if days.contains(where: { rows.blocks[$0].digest.rows == 0 }) {
            rows.noteOnEmptyDays = try await security.policy(connection).map {
                "no rows, and row-level security chooses which ones this login sees at the source: \($0)"
            }
        }
    }

    /// Returns the bytes that came, of which there may be `most`.
    @discardableResult
    private func copy(
        _ read: SourceRead, _ described: CopyStatement, _ transform: any SliceTransform, ordered: Bool, upTo most: Int = .max,
        _ rows: DayRows, _ sink: some SliceSink, _ connection: Connection
    ) async throws -> Int {
        let statement = described.text(for: read)
        let key = SourceTape.Key(tenant: tenant, report: report.name, statement: statement)
        var receiver = RowReceiver(
            transform, read, ordered: ordered, upTo: most, rowBytes: limits.rowBytes, rows: rows, sink: sink, progress: progress)
        let copied: Int
        do {
            switch ends {
            case .full, .nullSink: copied = try await connection.copyOut(statement, into: &receiver)
            case .recording(let tape):
                tape.begin(key, fieldCount: read.columns.count)
                receiver.record = { tape.record($0, key) }
                copied = try await connection.copyOut(statement, into: &receiver)
                tape.finish(key, rows: copied)
            case .nullSource(let tape): copied = try await receiver.play(try tape.recording(key))
            }
        } catch let error as PostgresError where error.code == .server {
            throw described.conversions.explaining(error)
        }
        try await receiver.finish(copied: copied)
        try transform.finish(read: read.index, into: rows)
        return receiver.bytes
    }

    /// The days that are read at a time. Where it is for the reader to choose: a day, if that costs the source hardly more than all at once; else
    /// one day, then four, then sixteen, so that the first is soon on its way and few reads do for many days, if that costs no more than
    /// twice as much and somebody waits for them; else all at once. Without an index on the day, each read is one of the whole table.
    private func steps(
        _ transform: any SliceTransform, wantsDaysSoon: Bool, _ connection: Connection
    ) async throws -> [Range<Int>] {
        let all = bounds.days.indices
        let single = all.map { $0..<($0 + 1) }
        switch transform.span {
        case .day: return single
        case .slice: return [all]
        case .any:
            guard all.count > 1, let together = try await cost(of: transform.facts(of: all), connection),
                let one = try await cost(of: transform.facts(of: 0..<1), connection)
            else { return [all] }
            if one * Double(all.count) <= 1.25 * together { return single }
            if !wantsDaysSoon { return [all] }
            var (growing, sum) = ([Range<Int>](), 0.0)
            for days in all.quadrupling {
                growing.append(days)
                sum += try await cost(of: transform.facts(of: days), connection) ?? .infinity
                if sum > 2 * together { return [all] }
            }
            return growing
        }
    }

    /// What the source's planner expects the reads to cost, in its own units; nil where it does not say.
    private func cost(of reads: [SourceRead], _ connection: Connection) async throws -> Double? {
        var sum = 0.0
        for read in reads {
            let plan = try await connection.query("EXPLAIN (FORMAT JSON) " + read.query).values.compactMap { $0.first ?? nil }.joined()
            guard let label = plan.firstRange(of: "\"Total Cost\": "),
                let cost = Double(plan[label.upperBound...].prefix { $0.isNumber || $0 == "." })
            else { return nil }
            sum += cost
        }
        return sum
    }
}

extension DayRows {
    /// Rows so far of all days but some.
    fileprivate func count(without days: Range<Int>) -> Int {
        blocks.indices.reduce(0) { days.contains($1) ? $0 : $0 + blocks[$1].digest.rows }
    }
}

extension Range<Int> {
    /// The first number, the next four, the next sixteen, and so on.
    fileprivate var quadrupling: [Range<Int>] {
        var ranges: [Range<Int>] = []
        var (start, length) = (lowerBound, 1)
        while start < upperBound {
            ranges.append(start..<Swift.min(start + length, upperBound))
            start += length
            length *= 4
        }
        return ranges
    }
}

extension [Int] {
    /// The runs of numbers that follow each other; the last first.
    fileprivate var consecutiveRanges: [Range<Int>] {
        var ranges: [Range<Int>] = []
        for number in sorted().reversed() {
            if let last = ranges.last, last.lowerBound == number + 1 {
                ranges[ranges.count - 1] = number..<last.upperBound
            } else {
                ranges.append(number..<(number + 1))
            }
        }
        return ranges
    }
}

/// Feeds a COPY's messages to the report, through the reader of rows.
private struct RowReceiver<Sink: SliceSink>: CopyOutReceiver, ~Copyable {
    /// Messages, of a row each, that are read together.
    private static var pendingBytes: Int { 64 << 10 }

    private var reader: CopyBinaryReader
    private var pending = ByteBlock(capacity: pendingBytes)
    private let transform: any SliceTransform
    private let read: SourceRead
    private let ordered: Bool
    private let rows: DayRows
    private let sink: Sink
    private let progress: @Sendable (Int, Int) -> Void
    /// Is given each block before it is read.
    var record: ((RawSpan) -> Void)?
    /// That came, and that may come.
    private(set) var bytes = 0
    private let most: Int
    /// When progress was reported last.
    private var reported = (rows: 0, bytes: 0)

    init(
        _ transform: any SliceTransform, _ read: SourceRead, ordered: Bool, upTo most: Int, rowBytes: Int,
        rows: DayRows, sink: Sink,
        progress: @escaping @Sendable (Int, Int) -> Void
    ) {
        // What a source says is a row may come in many messages, so that it is bounded here as well; with what goes around 64 MiB of values.
        reader = CopyBinaryReader(fieldCount: read.columns.count, maximumRowSize: rowBytes + (1 << 20))
        self.transform = transform
        self.read = read
        self.ordered = ordered
        self.most = most
        self.rows = rows
        self.sink = sink
        self.progress = progress
    }

    mutating func receive(_ message: RawSpan) throws {
        bytes += message.byteCount
        if bytes > most {
            throw Failure(
                code: "lookupTooLarge",
                message: "the tables that the report's rows are looked up in have more bytes than limits.lookupBytes allows",
                hint: "raise limits.lookupBytes in the settings; they are in memory while a slice is read")
        }
        if pending.bytes.byteCount + message.byteCount > Self.pendingBytes { try readPending() }
        if message.byteCount >= Self.pendingBytes { return try read(message) }
        pending.append(message)
    }

    private mutating func readPending() throws {
        // The compiler lends the bytes of a local only.
        var block = ByteBlock(capacity: 0)
        swap(&block, &pending)
        try read(block.bytes)
        block.removeAll(keepingAtMost: Self.pendingBytes)
        swap(&block, &pending)
        if read.isFacts, reader.rows > 0 { CrashPoint.sourceReading.reach() }
    }

    private mutating func read(_ message: RawSpan) throws {
        record?(message)
        let pass = StageMeter.pass(.transform)
        defer { pass?.end() }
        try transform.receive(message, through: &reader, of: read, ordered: ordered, into: rows)
    }

    mutating func drain() async throws {
        try readPending()
        report()
        if transform.isFull { try await emit() }
        if rows.isDue { try await empty() }
    }

    /// Makes rows of all facts that the report holds back.
    private func emit() async throws {
        while try emitBlock() { try await empty() }
    }

    private func emitBlock() throws -> Bool {
        let pass = StageMeter.pass(.transform)
        defer { pass?.end() }
        return try transform.emit(of: read, into: rows)
    }

    /// Takes what was recorded as it would what a server sends.
    mutating func play(_ recording: SourceTape.Recording) async throws -> Int {
        for block in recording.blocks {
            try Task.checkCancellation()
            try receive(block.span.bytes)
            try await drain()
            await Task.yield()
        }
        return recording.rows
    }

    private func empty() async throws {
        rows.isDue = false
        rows.fannedOut = 0
        try await sink.drain(rows)
    }

    /// Rows of dimensions are not counted: they are not what the user waits for.
    private mutating func report() {
        progress(read.isFacts ? reader.rows - reported.rows : 0, bytes - reported.bytes)
        reported = (reader.rows, bytes)
    }

    /// A COPY has succeeded only when the trailer came and the server counts the rows that were read.
    mutating func finish(copied: Int) async throws {
        try readPending()
        try reader.finish()
        report()
        guard copied == reader.rows else {
            throw Failure(
                code: "rowCountMismatch", message: "the source sent \(reader.rows) rows and counted \(copied)", isTransient: true)
        }
        try await emit()
    }
}
