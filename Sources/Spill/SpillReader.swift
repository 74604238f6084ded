/// Gives a finished file's content, block by block, each verified before it is given. Takes about 130 KiB of memory whatever the content,
/// and 260 KiB more while it is opened.
public struct SpillReader: ~Copyable, Sendable {
    private let source: FinishedFile
    private var frame: FrameDecoder
    /// The block that is being taken in: its size, its data, its checksum, and the size of the block behind it.
    private var input: [UInt8]
    /// Where in the frame the next block's data begins; its size is at the start of ``input``.
    private var offset: Int
    private var delivered = 0
    private var isAtEnd = false
    private var failure: SpillError?

    /// Verifies the file as a whole, and only then gives a reader.
    ///
    /// - Parameter difference: names what of the file is not as expected; asked before anything of the content is read.
    init(_ source: consuming FinishedFile, difference: (SpillFile) -> String?) throws(SpillError) {
        if let field = difference(source.file) {
            throw SpillError(
                code: .mismatch, message: "\(source.file.path) is not the file expected: its \(field) is another",
                hint: "read the day from the source again")
        }
        try source.verify()
        var header = [UInt8](repeating: 0, count: FrameDecoder.headerBytes)
        try source.read(into: &header, 0..<header.count, at: 0)
        let frame = try FrameDecoder(header.span.bytes, path: source.file.path)
        var input = [UInt8](repeating: 0, count: frame.blockLimit + FrameDecoder.blockOverhead + 4)
        try source.read(into: &input, 0..<4, at: header.count)
        self.source = source
        self.frame = frame
        self.input = input
        offset = header.count + 4
    }

    /// What the footer says.
    public var file: SpillFile { source.file }

    /// The block that ``advance()`` went to, at most 64 KiB of the COPY BINARY stream; valid until the next call of it.
    public var block: RawSpan {
        @_lifetime(borrow self) get { frame.block }
    }

    /// Goes to the next block; false at the end, when the content's length is verified too.
    ///
    /// - Throws: ``SpillError/Code/corrupt`` when the file changed since it was opened; after an error only that again.
    public mutating func advance() throws(SpillError) -> Bool {
        if let failure { throw failure }
        if isAtEnd { return false }
        do throws(SpillError) {
            return try step()
        } catch {
            failure = error
            throw error
        }
    }

    /// Goes to the next block and gives it to `body`; false, without a call, at the end. As ``advance()``.
    public mutating func next(_ body: (RawSpan) throws -> Void) throws -> Bool {
        guard try advance() else { return false }
        try body(block)
        return true
    }

    private mutating func step() throws(SpillError) -> Bool {
        // LZ4 Frame Format Description, "Data Blocks": the highest bit says that the data is not compressed; a size of 0 ends the frame.
        let size = input.span.bytes.littleEndian(UInt32.self, at: 0)
        let length = Int(size & 0x7FFF_FFFF)
        if size == 0 {
            // What follows is the content's checksum.
            guard offset + 4 == file.compressedBytes && delivered == file.contentBytes else {
                throw SpillError.corrupt(file.path, "its content is not as long as its footer says")
            }
            isAtEnd = true
            return false
        }
        guard length > 0 && length <= frame.blockLimit else {
            throw SpillError.corrupt(file.path, "a block is larger than the frame declares")
        }
        // One read takes the data, its checksum and the size of the next block.
        try source.read(into: &input, 4..<(length + 12), at: offset)
        try frame.decode(input, 4..<(length + 4), isCompressed: size & 0x8000_0000 == 0)
        delivered += frame.block.byteCount
        offset += length + 8
        for index in 0..<4 { input[index] = input[length + 8 + index] }
        return true
    }
}
