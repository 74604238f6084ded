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

    /// Returns the digests of the slice's days, in order, and where the replica stood.
    func read(over connection: Connection, into sink: some SliceSink) async throws -> (rows: DayRows, state: SourceState) {
        let state = try await SourceState.read(connection)
        let transform = report.transform(for: bounds, validatesText: state.isSQLASCII)
        let rows = DayRows(bounds: bounds, fieldCount: report.columns.count, capacity: Self.blockBytes)
        try await connection.transaction(.snapshot) {
            for read in transform.reads.indices {
                let statement = try await CopyStatement.make(for: transform.reads[read], connection)
                var receiver = RowReceiver(
                    reader: CopyBinaryReader(fieldCount: transform.reads[read].columns.count), transform: transform, read: read, rows: rows,
                    sink: sink, progress: progress)
                let copied = try await connection.copyOut(statement, into: &receiver)
                try receiver.finish(copied: copied)
                try transform.finish(read: read, into: rows)
            }
            try await sink.drain(rows)
        }
        return (rows, state)
    }
}

/// Feeds a COPY's messages to the reader of rows, and those to the report.
private struct RowReceiver<Sink: SliceSink>: CopyOutReceiver, ~Copyable {
    var reader: CopyBinaryReader
    let transform: any SliceTransform
    let read: Int
    let rows: DayRows
    let sink: Sink
    let progress: @Sendable (Int, Int) -> Void
    private var bytes = 0
    private var reported = 0

    init(
        reader: consuming CopyBinaryReader, transform: any SliceTransform, read: Int, rows: DayRows, sink: Sink,
        progress: @escaping @Sendable (Int, Int) -> Void
    ) {
        self.reader = reader
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
    }

    mutating func drain() async throws {
        progress(reader.rows - reported, bytes)
        (reported, bytes) = (reader.rows, 0)
        try await sink.drain(rows)
    }

    /// A COPY has succeeded only when the trailer came and the server counts the rows that were read.
    mutating func finish(copied: Int) throws {
        try reader.finish()
        progress(reader.rows - reported, bytes)
        guard copied == reader.rows else {
            throw Failure(
                code: "rowCountMismatch", message: "the source sent \(reader.rows) rows and counted \(copied)", isTransient: true)
        }
    }
}
