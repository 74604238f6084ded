import CLZ4
import Glibc

/// Turns content into one LZ4 frame: level 1, independent blocks of 64 KiB, a checksum for every block and for the content.
///
/// Owns the LZ4 compression context. Each call leaves what it made in ``output``; memory does not depend on the content.
struct FrameEncoder: ~Copyable, @unchecked Sendable {
    /// The most content of a block.
    static let blockBytes = 64 * 1024

    private let context: OpaquePointer
    private var preferences: LZ4F_preferences_t
    private var buffer: [UInt8]
    private var produced = 0

    init() throws(SpillError) {
        var made: OpaquePointer?
        try SpillError.lz4(LZ4F_createCompressionContext(&made, UInt32(LZ4F_VERSION)), Self.failure)
        guard let made else { throw SpillError.system(ENOMEM, "making an LZ4 context") }
        context = made
        preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = LZ4F_max64KB
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled
        preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
        preferences.compressionLevel = 1
        // A call is a block: nothing is copied to wait for more.
        preferences.autoFlush = 1
        buffer = [UInt8](repeating: 0, count: LZ4F_compressBound(Self.blockBytes, &preferences) + Int(LZ4F_HEADER_SIZE_MAX))
    }

    deinit {
        LZ4F_freeCompressionContext(context)
    }

    /// What the last call made; may be empty.
    var output: RawSpan {
        @_lifetime(borrow self) get { buffer.span.bytes.extracting(0..<produced) }
    }

    /// Makes the frame's header; once, before anything else.
    mutating func begin() throws(SpillError) {
        produced = try SpillError.lz4(
            buffer.withUnsafeMutableBytes { LZ4F_compressBegin(context, $0.baseAddress, $0.count, &preferences) }, Self.failure)
    }

    /// Makes a block of at most ``blockBytes`` of content.
    mutating func compress(_ content: RawSpan) throws(SpillError) {
        let answer = buffer.withUnsafeMutableBytes { into in
            content.withUnsafeBytes { from in
                LZ4F_compressUpdate(context, into.baseAddress, into.count, from.baseAddress, from.count, nil)
            }
        }
        produced = try SpillError.lz4(answer, Self.failure)
    }

    /// Makes the end mark and the content checksum; once, after everything else.
    mutating func end() throws(SpillError) {
        produced = try SpillError.lz4(
            buffer.withUnsafeMutableBytes { LZ4F_compressEnd(context, $0.baseAddress, $0.count, nil) }, Self.failure)
    }

    private static func failure(_ reason: String) -> SpillError {
        SpillError(code: .io(errno: EINVAL), message: "lz4 cannot compress: \(reason)", hint: "check the version of liblz4")
    }
}
