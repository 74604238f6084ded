import Postgres
import PostgresBinary
import Testing
import Warehouse

/// A day of the report `id integer, at timestamptz, note text`, encoded as the engine spills it.
struct DayContent: Sendable {
    var load: DayLoad
    let bytes: [UInt8]

    init(load: DayLoad, bytes: [UInt8]) {
        self.load = load
        self.bytes = bytes
    }

    /// One row an id, each at noon UTC of `day`.
    init(
        _ day: String, ids: [Int32], note: String = "note", lsn: String? = nil, timeline: Int = 1, run: Int64 = 1, provisional: Bool = false
    )
        throws
    {
        let date = try #require(CalendarDate(day))
        let midnight = try #require(Timestamp(startOf: date)).microsecondsSince2000
        let noon = TimestampTZ(utc: try #require(Timestamp(microsecondsSince2000: midnight + 43_200_000_000)))
        var writer = CopyBinaryWriter(capacity: 1 << 12)
        var digest = RowDigest()
        writer.writeHeader()
        for id in ids {
            writer.beginRow(fieldCount: 3)
            writer.write(id)
            writer.write(noon)
            writer.write(note)
            digest.add(writer.lastRow)
        }
        writer.writeTrailer()
        var position = SourcePosition()
        if let lsn {
            position.systemIdentifier = "7000000000000000001"
            position.timeline = timeline
            position.replayLSN = lsn
        }
        try self.init(
            day, bytes: writer.bytes.withUnsafeBytes { Array($0) }, digest: digest, position: position, run: run, provisional: provisional)
    }

    /// A stream of bytes.
    init(
        _ day: String, bytes: [UInt8], digest: RowDigest, position: SourcePosition = SourcePosition(), run: Int64 = 1,
        provisional: Bool = false
    ) throws {
        let day = try #require(CalendarDate(day))
        let midnight = try #require(Timestamp(startOf: day)).microsecondsSince2000
        self.bytes = bytes
        load = DayLoad(
            day: day, instants: midnight..<(midnight + 86_400_000_000), rows: digest.rows, bytes: bytes.count, digest: digest.description,
            isProvisional: provisional, position: position, runID: run)
    }

    /// The same day with what it takes for it to be loaded.
    func loaded(distrustsLedger: Bool = false, acceptsShrink: Bool = false) -> DayContent {
        var day = self
        day.load = DayLoad(
            day: load.day, instants: load.instants, rows: load.rows, bytes: load.bytes, digest: load.digest,
            buckets: load.buckets, part: load.part, isProvisional: load.isProvisional, position: load.position, runID: load.runID,
            distrustsLedger: distrustsLedger,
            acceptsShrink: acceptsShrink)
        return day
    }

    func put(on stream: borrowing CopyInStream) async throws {
        try stream.put(bytes.span.bytes)
        try await stream.flush()
    }
}
