import CLZ4
import Glibc

/// Takes one LZ4 frame apart, a whole block at a time, and accepts only frames of the kind ``FrameEncoder`` makes.
///
/// The block size that the header declares bounds every allocation and every block's content. Each block's own checksum is verified before
/// the block is; the content's is not, for the blocks and the file's footer vouch for every byte already.
struct FrameDecoder: ~Copyable, Sendable {
    /// Bytes of a frame header without content size and dictionary.
    static let headerBytes = 7
    /// Bytes before a block's data (its size) and behind it (its checksum).
    static let blockOverhead = 8

    private let path: String
    private var content = [UInt8](repeating: 0, count: FrameEncoder.blockBytes)
    private var produced = 0

    /// Takes the frame's header; `path` is the file's, for messages.
    ///
    /// A header that leaves a checksum out is refused: nothing would be verified then.
    init(_ header: RawSpan, path: String) throws(SpillError) {
        var context: OpaquePointer?
        try SpillError.lz4(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) { .corrupt(path, $0) }
        guard let context else { throw SpillError.system(ENOMEM, "making an LZ4 context") }
        defer { LZ4F_freeDecompressionContext(context) }
        var info = LZ4F_frameInfo_t()
        var taken = header.byteCount
        let answer = header.withUnsafeBytes { LZ4F_getFrameInfo(context, &info, $0.baseAddress, &taken) }
        try SpillError.lz4(answer) { .corrupt(path, $0) }
        guard taken == header.byteCount, info.frameType == LZ4F_frame, info.blockMode == LZ4F_blockIndependent,
            info.blockChecksumFlag == LZ4F_blockChecksumEnabled, info.contentChecksumFlag == LZ4F_contentChecksumEnabled,
            info.blockSizeID == LZ4F_max64KB
        else { throw .corrupt(path, "not a frame of the kind dayhaul writes") }
        self.path = path
    }

    /// The most bytes that a block may have, compressed or not.
    var blockLimit: Int { content.count }

    /// The content of the last block.
    var block: RawSpan {
        @_lifetime(borrow self) get { content.span.bytes.extracting(0..<produced) }
    }

    /// Takes one block's data, the bytes in `range`, of which there are one at least and ``blockLimit`` at most, and its checksum, the four
    /// bytes behind it. Its content is then in ``block``.
    mutating func decode(_ bytes: [UInt8], _ range: Range<Int>, isCompressed: Bool) throws(SpillError) {
        produced = 0
        let data = bytes.span.bytes.extracting(range)
        let checksum = bytes.span.bytes.littleEndian(UInt32.self, at: range.upperBound)
        guard XXHash32.hash(data) == checksum else { throw .corrupt(path, "a block's checksum does not match") }
        let made = content.withUnsafeMutableBytes { into in
            data.withUnsafeBytes { from -> Int in
                guard isCompressed else {
                    into.copyMemory(from: from)
                    return from.count
                }
                return Int(
                    LZ4_decompress_safe(
                        from.baseAddress?.assumingMemoryBound(to: CChar.self), into.baseAddress?.assumingMemoryBound(to: CChar.self),
                        Int32(from.count), Int32(into.count)))
            }
        }
        guard made > 0 else { throw .corrupt(path, "a block cannot be decompressed") }
        produced = made
    }
}
