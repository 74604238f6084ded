@testable import Spill

/// Files that Spill would not write, with trailers that vouch for them.
enum Forgery {
    /// A file of any frame at all, with a footer like `file`'s.
    static func file(frame: [UInt8], like file: SpillFile) -> [UInt8] {
        var checksum = XXHash64()
        checksum.update(frame.span.bytes)
        let forged = SpillFile(
            run: file.run, name: file.name, identity: file.identity, rows: file.rows, contentBytes: file.contentBytes,
            compressedBytes: frame.count, frameChecksum: checksum.value, digest: file.digest, sourcePosition: file.sourcePosition)
        return frame + Trailer(frameChecksum: checksum.value, footer: forged.footer()).encoded()
    }
}
