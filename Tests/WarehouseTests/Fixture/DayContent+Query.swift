import Postgres
import PostgresBinary
import Testing
import Warehouse

extension DayContent {
    /// The rows of a query, as PostgreSQL itself encodes them; for types and values that are more than `id, at, note`.
    init(_ day: String, selecting query: String, in scene: WarehouseScene, run: Int64 = 1, provisional: Bool = false) async throws {
        let (bytes, digest) = try await scene.warehouse.withSession { session in
            let width = try await session.describe(query).count
            var stream = RecordedStream(fieldCount: width)
            _ = try await session.copyOut("COPY (\(query)) TO STDOUT (FORMAT binary)", into: &stream)
            return (stream.bytes, stream.digest)
        }
        try self.init(day, bytes: bytes, digest: digest, run: run, provisional: provisional)
    }
}

/// Keeps the bytes of a stream and digests its rows.
private struct RecordedStream: CopyOutReceiver, ~Copyable {
    var bytes: [UInt8] = []
    var digest = RowDigest()
    private var reader: CopyBinaryReader

    init(fieldCount: Int) { reader = CopyBinaryReader(fieldCount: fieldCount) }

    mutating func receive(_ message: RawSpan) throws {
        message.withUnsafeBytes { bytes.append(contentsOf: $0) }
        var digest = digest
        try reader.feed(message) { row in digest.add(row.rowBytes) }
        self.digest = digest
    }

    mutating func drain() async throws {}
}
