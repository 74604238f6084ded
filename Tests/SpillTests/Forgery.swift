@testable import Spill

/// Files that Spill would not write, with trailers that vouch for them.
enum Forgery {
    /// A file of any frame at all, with a footer like `file`'s.
    static func file(frame: [UInt8], like file: SpillFile) -> [UInt8] {
        let forged = SpillFile(
            run: file.run, name: file.name, identity: file.identity, rows: file.rows, contentBytes: file.contentBytes,
            compressedBytes: frame.count, digest: file.digest, sourcePosition: file.sourcePosition)
        var checksum = XXHash64()
        checksum.update(frame.span.bytes)
        return frame + Trailer(frameChecksum: checksum.value, footer: forged.footer()).encoded()
    }
}
