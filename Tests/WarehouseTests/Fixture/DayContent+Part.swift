import PostgresBinary
import Testing
import Warehouse

extension DayContent {
    /// The same day, digested by its keys as the engine does it. `key` is the place of the key among `width` columns.
    func bucketed(key: Int = 0, width: Int = 3) throws -> DayContent {
        var buckets: BucketDigests? = BucketDigests()
        try forEachRow(width) { row in
            var digest = RowDigest()
            let hash = digest.add(row.rowBytes)
            if let key = BucketDigests.key(of: row.rowBytes, field: key) { buckets?.add(hash, key: key) } else { buckets = nil }
        }
        return with(buckets?.folded(forRows: load.rows), part: nil, bytes: bytes)
    }

    /// Those rows of it that are in buckets which differ from those of `old`; both are bucketed.
    func part(replacing old: DayContent, key: Int = 0, width: Int = 3) throws -> DayContent {
        let (ours, theirs) = (try #require(load.buckets), try #require(old.load.buckets))
        let selection = try #require(ours.differing(from: theirs, atMost: 1))
        var writer = CopyBinaryWriter(capacity: 1 << 12)
        var rows = 0
        writer.writeHeader()
        try forEachRow(width) { row in
            guard let key = BucketDigests.key(of: row.rowBytes, field: key), selection.contains(key: key) else { return }
            writer.writeRow(row.rowBytes)
            rows += 1
        }
        writer.writeTrailer()
        let part = DayLoad.Part(buckets: selection, rows: rows, replaced: old.load.digest)
        return with(load.buckets, part: part, bytes: writer.bytes.withUnsafeBytes { Array($0) })
    }

    private func with(_ buckets: BucketDigests?, part: DayLoad.Part?, bytes: [UInt8]) -> DayContent {
        DayContent(
            load: DayLoad(
                day: load.day, instants: load.instants, rows: load.rows, bytes: load.bytes, digest: load.digest, buckets: buckets,
                part: part, isProvisional: load.isProvisional, position: load.position, runID: load.runID,
                distrustsLedger: load.distrustsLedger, acceptsShrink: load.acceptsShrink), bytes: bytes)
    }

    private func forEachRow(_ width: Int, _ body: (FieldCursor) throws -> Void) throws {
        var reader = CopyBinaryReader(fieldCount: width)
        try reader.feed(bytes.span.bytes) { try body($0) }
        try reader.finish()
    }
}
