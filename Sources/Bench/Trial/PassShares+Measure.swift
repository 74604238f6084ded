import Ingest
import PostgresBinary
import Stages

extension PassShares {
    /// Divides a pass over rows that took `passSeconds` of CPU time for `rows` warehouse rows: by passes over the same source bytes that decode
    /// only, and over some of the rows it made that encode and digest only.
    init(of tape: SourceTape, passSeconds: Double, rows: Int, made: EncodedRows) throws {
        guard passSeconds > 0 else { return }
        let start = ThreadClock.seconds
        for recording in tape.recordings { try Self.decode(recording.blocks, fields: recording.fieldCount) }
        decode = min(1, (ThreadClock.seconds - start) / passSeconds)
        encode = min(1 - decode, made.count > 0 ? try made.encodeSeconds() * Double(rows) / Double(made.count) / passSeconds : 0)
    }

    /// Goes over all fields of all rows.
    static func decode(_ blocks: [[UInt8]], fields: Int) throws {
        var reader = CopyBinaryReader(fieldCount: fields)
        for block in blocks {
            try reader.feed(block.span.bytes) { row in
                for _ in 0..<fields { try row.skip() }
            }
        }
    }
}
