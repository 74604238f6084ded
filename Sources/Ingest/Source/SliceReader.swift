import CrashPoints
import Postgres
import PostgresBinary
import Reports

/// Takes a slice's rows away as they are read.
protocol SliceSink: AnyObject {
    /// Called after each burst of rows; writes or drops what the blocks hold.
    func drain(_ rows: DayRows) async throws
}

/// Reads one slice of a report from a replica: all its COPYs in one read-only snapshot.
struct SliceReader {
    /// Bytes of a day's rows that are collected before they are passed on.
    static let blockBytes = 256 << 10

    let report: ReportDefinition
    let bounds: DayBounds
    /// Called with rows and bytes after each burst, for the progress display.
    let progress: @Sendable (_ rows: Int, _ bytes: Int) -> Void

    /// Returns the slice's days in order, with their digests. `state` is where the replica stood just before.
    func read(over connection: Connection, at state: SourceState, into sink: some SliceSink) async throws -> DayRows {
        let transform = report.transform(for: bounds, validatesText: state.isSQLASCII)
        let rows = DayRows(bounds: bounds, fieldCount: report.columns.count, capacity: Self.blockBytes)
        try await connection.transaction(.snapshot) {
            CrashPoint.snapshotTaken.reach()
            // Described before any of them is run, which locks all their tables: one that is rewritten or truncated meanwhile would look
            // empty to the snapshot (PostgreSQL manual, "Caveats" in "Concurrency Control").
            var statements: [String] = []
            for read in transform.reads { statements.append(try await CopyStatement.make(for: read, connection)) }
            for (read, statement) in statements.enumerated() {
                var receiver = RowReceiver(transform, read: read, rows: rows, sink: sink, progress: progress)
                let copied = try await connection.copyOut(statement, into: &receiver)
                try receiver.finish(copied: copied)
                try transform.finish(read: read, into: rows)
            }
            try await sink.drain(rows)
        }
        return rows
    }
}

/// Feeds a COPY's messages to the reader of rows, and those to the report.
private struct RowReceiver<Sink: SliceSink>: CopyOutReceiver, ~Copyable {
    private var reader: CopyBinaryReader
    private let transform: any SliceTransform
    private let read: Int
    private let rows: DayRows
    private let sink: Sink
    private let progress: @Sendable (Int, Int) -> Void
    /// Since the last report of progress.
    private var bytes = 0
    private var reported = 0

    init(_ transform: any SliceTransform, read: Int, rows: DayRows, sink: Sink, progress: @escaping @Sendable (Int, Int) -> Void) {
        reader = CopyBinaryReader(fieldCount: transform.reads[read].columns.count)
        self.transform = transform
        self.read = read
        self.rows = rows
        self.sink = sink
        self.progress = progress
    }

    mutating func receive(_ message: RawSpan) throws {
        bytes += message.byteCount
        let (transform, read, rows) = (transform, read, rows)
        try reader.feed(message) { row in try transform.receive(&row, of: read, into: rows) }
        if reader.rows > 0, transform.reads[read].isFacts { CrashPoint.sourceReading.reach() }
    }

    mutating func drain() async throws {
        report()
        try await sink.drain(rows)
    }

    /// Rows of dimensions are not counted: they are not what the user waits for.
    private mutating func report() {
        progress(transform.reads[read].isFacts ? reader.rows - reported : 0, bytes)
        (reported, bytes) = (reader.rows, 0)
    }

    /// A COPY has succeeded only when the trailer came and the server counts the rows that were read.
    mutating func finish(copied: Int) throws {
        try reader.finish()
        report()
        guard copied == reader.rows else {
            throw Failure(
                code: "rowCountMismatch", message: "the source sent \(reader.rows) rows and counted \(copied)", isTransient: true)
        }
    }
}
