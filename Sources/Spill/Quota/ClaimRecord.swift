/// One process's claim as it stands in the file of claims: three little-endian integers of 8 bytes.
///
///     8  bytes claimed
///     8  1 when the process waits for more, otherwise 0
///     8  XXH64 of the 16 bytes before
struct ClaimRecord: Equatable {
    static let size = 24

    var bytes: Int
    var isWaiting: Bool

    init(bytes: Int, isWaiting: Bool) {
        self.bytes = bytes
        self.isWaiting = isWaiting
    }

    func encoded() -> [UInt8] {
        var record: [UInt8] = []
        record.append(littleEndian: UInt64(clamping: bytes))
        record.append(littleEndian: UInt64(isWaiting ? 1 : 0))
        var checksum = XXHash64()
        checksum.update(record.span.bytes)
        record.append(littleEndian: checksum.value)
        return record
    }

    /// Reads back what ``encoded()`` made; nil for anything else.
    init?(decoding record: RawSpan) {
        guard record.byteCount == Self.size else { return nil }
        var checksum = XXHash64()
        checksum.update(record.extracting(0..<16))
        let waiting = record.littleEndian(UInt64.self, at: 8)
        guard checksum.value == record.littleEndian(UInt64.self, at: 16), waiting <= 1,
            let bytes = Int(exactly: record.littleEndian(UInt64.self, at: 0))
        else { return nil }
        self.bytes = bytes
        isWaiting = waiting == 1
    }
}
