import CLZ4
import Glibc

/// Takes one LZ4 frame apart, a whole block at a time, and accepts only frames of the kind ``FrameEncoder`` makes.
///
/// Owns the LZ4 decompression context. The block size the header declares bounds every allocation and every block's content.
struct FrameDecoder: ~Copyable, @unchecked Sendable {
    /// Bytes of a frame header without content size and dictionary.
    static let headerBytes = 7
    /// Bytes before a block's data (its size) and behind it (its checksum).
    static let blockOverhead = 8

    private let context: OpaquePointer
    private let path: String
    private var content: [UInt8] = []
    private var produced = 0

    /// - Parameter path: of the file, for messages.
    init(path: String) throws(SpillError) {
        var made: OpaquePointer?
        try SpillError.lz4(LZ4F_createDecompressionContext(&made, UInt32(LZ4F_VERSION))) { .corrupt(path, $0) }
        guard let made else { throw SpillError.system(ENOMEM, "making an LZ4 context") }
        context = made
        self.path = path
    }

    deinit {
        LZ4F_freeDecompressionContext(context)
    }

    /// The content of the last block.
    var block: RawSpan {
        @_lifetime(borrow self) get { content.span.bytes.extracting(0..<produced) }
    }

    /// Takes the frame's header; returns the most bytes a block may have, compressed or not.
    ///
    /// A header that leaves a checksum out is refused: liblz4 would take it and verify nothing.
    mutating func begin(_ header: RawSpan) throws(SpillError) -> Int {
        var info = LZ4F_frameInfo_t()
        var taken = header.byteCount
        let answer = header.withUnsafeBytes { LZ4F_getFrameInfo(context, &info, $0.baseAddress, &taken) }
        try SpillError.lz4(answer) { [path] in .corrupt(path, $0) }
        guard taken == header.byteCount, info.frameType == LZ4F_frame, info.blockMode == LZ4F_blockIndependent,
            info.blockChecksumFlag == LZ4F_blockChecksumEnabled, info.contentChecksumFlag == LZ4F_contentChecksumEnabled,
            info.blockSizeID == LZ4F_max64KB
        else { throw .corrupt(path, "not a frame of the kind dayhaul writes") }
        content = [UInt8](repeating: 0, count: FrameEncoder.blockBytes)
        return content.count
    }

    /// Takes one block with its size and checksum, the first `count` bytes; its verified content is then in ``block``.
    mutating func decompress(_ whole: [UInt8], count: Int) throws(SpillError) {
        produced = 0
        if try feed(whole, count) == 0 { throw .corrupt(path, "the frame ends too early") }
    }

    /// Takes the end mark and the content checksum, the first 8 bytes, and verifies that.
    mutating func end(_ mark: [UInt8]) throws(SpillError) {
        produced = 0
        if try feed(mark, 8) != 0 { throw .corrupt(path, "the frame does not end") }
    }

    /// Gives liblz4 the first `count` bytes, all of them; returns its last answer, which is 0 at the end of the frame.
    private mutating func feed(_ bytes: [UInt8], _ count: Int) throws(SpillError) -> Int {
        var answer = 1
        var offset = 0
        while offset < count {
            var taken = count - offset
            var made = content.count - produced
            answer = content.withUnsafeMutableBytes { into in
                bytes.withUnsafeBytes { from in
                    LZ4F_decompress(
                        context, into.baseAddress.map { $0 + produced }, &made, from.baseAddress.map { $0 + offset }, &taken, nil)
                }
            }
            try SpillError.lz4(answer) { [path] in .corrupt(path, $0) }
            if taken == 0 && made == 0 { throw .corrupt(path, "a block is larger than the frame declares") }
            offset += taken
            produced += made
        }
        return answer
    }
}
