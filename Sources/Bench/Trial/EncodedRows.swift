import Ingest
import Postgres
import PostgresBinary
import Reports
import SQLText
import Stages
import Warehouse

/// Warehouse rows as the engine encodes them, a few at least.
struct EncodedRows: Sendable {
    let fields: Int
    private(set) var blocks: [[UInt8]] = []
    private(set) var count = 0

    /// No more than so many are looked at.
    static let limit = 200_000

    init(fields: Int, rows: Int, blocks: [[UInt8]]) {
        self.fields = fields
        self.blocks = blocks
        count = rows
    }

    /// Rows that a run has left, of one of its tenants and reports.
    init(leftBy plan: Plan, _ session: Connection) async throws {
        let part = plan.parts.max { $0.report.columns.count < $1.report.columns.count }
        fields = part?.report.columns.count ?? 0
        guard let part else { return }
        let found = try await session.query(
            "SELECT schema_name, days_table FROM _wh.report_targets WHERE schema_name = $1 AND template_name = $2",
            [part.tenant.schema, part.report.name]
        ).rows.first
        guard let found else { return }
        let table = SQL.identifier(try found.value("schema_name"), try found.value("days_table"))
        let columns = part.report.columns.map { SQL.identifier($0.name) }.joined(separator: ", ")
        var receiver = Receiver()
        count = try await session.copyOut(
            "COPY (SELECT \(columns) FROM \(table) LIMIT \(Self.limit)) TO STDOUT (FORMAT binary)", into: &receiver)
        receiver.drain()
        blocks = receiver.blocks
    }

    /// CPU seconds to encode and digest them, without what it takes to find them.
    func encodeSeconds() throws -> Double {
        // The rows were not looked at since they came: the first pass would wait for memory.
        try PassShares.decode(blocks, fields: fields)
        let start = ThreadClock.seconds
        try PassShares.decode(blocks, fields: fields)
        let found = ThreadClock.seconds
        var reader = CopyBinaryReader(fieldCount: fields)
        var writer = CopyBinaryWriter(capacity: 256 << 10)
        var digest = RowDigest()
        for block in blocks {
            try reader.feed(block.span.bytes) { row in
                for _ in 0..<fields { try row.skip() }
                writer.writeRow(row.rowBytes)
                digest.add(writer.lastRow)
            }
            writer.removeAll()
        }
        let encoded = ThreadClock.seconds
        // The sum keeps the digest from being left out as unused.
        return digest.rows == count ? max(0, (encoded - found) - (found - start)) : 0
    }

    private struct Receiver: CopyOutReceiver {
        var blocks: [[UInt8]] = []
        private var block: [UInt8] = []

        mutating func receive(_ message: RawSpan) {
            message.withUnsafeBytes { block.append(contentsOf: $0) }
            if block.count >= 256 << 10 { pass() }
        }

        mutating func drain() { pass() }

        private mutating func pass() {
            if !block.isEmpty { blocks.append(block) }
            block = []
        }
    }
}
