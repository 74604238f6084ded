/// Writes one spill file: compresses what it is given, appends it, and makes the file whole with ``finish(rows:digest:sourcePosition:)``.
///
/// Owns the file: a writer that goes without having finished leaves nothing behind. Takes about 90 KiB of memory whatever the
/// content. Reserve room with ``SpillShare/reserve(_:)`` before each write.
public struct SpillWriter: ~Copyable, Sendable {
    private var file: UnfinishedFile
    private var frame: FrameEncoder
    private var checksum = XXHash64()
    private let identity: SpillIdentity
    /// The content given so far, in bytes.
    public private(set) var contentBytes = 0
    /// What ended the writing; the file can never be whole after it.
    private var failure: SpillError?

    init(_ file: consuming UnfinishedFile, identity: SpillIdentity) throws(SpillError) {
        var frame = try FrameEncoder()
        try frame.begin()
        try file.append(frame.output, for: 0)
        checksum.update(frame.output)
        self.file = file
        self.frame = frame
        self.identity = identity
    }

    /// The bytes on disk so far.
    public var compressedBytes: Int { file.bytes }

    /// Compresses and appends the next bytes of the COPY BINARY stream, as they are: in blocks of equal size, as few as can be. Hand over
    /// 64 KiB and more, for a block of less compresses less well.
    ///
    /// - Throws: ``SpillError/Code/noSpace`` when the disk is full, ``SpillError/Code/io(errno:)`` otherwise. After an error the
    ///   writer only repeats it: discard it and start a new file.
    public mutating func write(_ content: RawSpan) throws(SpillError) {
        if let failure { throw failure }
        do throws(SpillError) {
            let blocks = (content.byteCount + FrameEncoder.blockBytes - 1) / FrameEncoder.blockBytes
            for block in 0..<blocks {
                let chunk = content.extracting((content.byteCount * block / blocks)..<(content.byteCount * (block + 1) / blocks))
                try frame.compress(chunk)
                contentBytes += chunk.byteCount
                try append(for: chunk.byteCount)
            }
        } catch {
            failure = error
            throw error
        }
    }

    /// Ends the frame, writes the footer and makes the file durable. When it throws, the file is gone.
    ///
    /// - Parameters:
    ///   - rows: how many rows the content has; 0 or more.
    ///   - digest: the digest of the rows.
    ///   - sourcePosition: the snapshot or position in the source that they were read at.
    /// - Throws: as ``write(_:)``, and ``SpillError/Code/footerTooLong``. A failure of `fsync` is final for the file.
    public consuming func finish(rows: Int, digest: String, sourcePosition: String) throws(SpillError) -> SpillFile {
        if let failure { throw failure }
        try frame.end()
        try append(for: 0)
        let finished = SpillFile(
            run: file.folder.run, name: file.name, identity: identity, rows: rows, contentBytes: contentBytes,
            compressedBytes: file.bytes, frameChecksum: checksum.value, digest: digest, sourcePosition: sourcePosition)
        let footer = finished.footer()
        guard footer.count <= SpillFile.footerLimit else {
            throw SpillError(
                code: .footerTooLong,
                message: "the footer of \(finished.path) has \(footer.count) bytes, more than \(SpillFile.footerLimit)",
                hint: "shorten column names, digest or source position")
        }
        let trailer = Trailer(frameChecksum: checksum.value, footer: footer).encoded()
        try file.append(trailer.span.bytes, for: 0)
        try file.finish()
        return finished
    }

    /// Unlinks the file and gives its bytes back to the quota.
    public consuming func discard() {}

    /// Appends what the frame encoder just made of `content` bytes.
    private mutating func append(for content: Int) throws(SpillError) {
        checksum.update(frame.output)
        try file.append(frame.output, for: content)
    }
}
