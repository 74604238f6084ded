/// Reads a COPY BINARY stream whose bytes may arrive split at any point.
///
/// The format is that of https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format". Rows that lie whole inside the bytes fed
/// are parsed in place; only a row that was split is copied. Memory is bounded by the largest row split, and grows as its bytes
/// arrive, never by what a length declares. No bytes make the reader trap.
public struct CopyBinaryReader: ~Copyable {
    /// Where in the stream the reader is.
    @usableFromInline
    enum Phase: Equatable, Sendable {
        /// In the signature, flags and length of the extension area.
        case header
        /// In the extension area, with this many bytes to pass over.
        case headerExtension(Int)
        /// Between or inside rows.
        case rows
        /// After the trailer.
        case complete
        /// After an error.
        case failed
    }

    /// The rows delivered so far.
    @inlinable public var rows: Int { delivered }
    /// The number of fields every row must have.
    public let fieldCount: Int
    /// The size of a tuple, in bytes, above which it is refused.
    public let maximumRowSize: Int

    @usableFromInline var delivered = 0
    @usableFromInline var phase = Phase.header
    /// The first bytes of a header or row that is not whole yet.
    @usableFromInline var partial = ByteBlock(capacity: 256)
    /// How far the row in `partial` is known.
    @usableFromInline var scan = RowScan()
    /// The bytes `partial` must hold before there is more to know.
    @usableFromInline var needed = CopyBinaryHeader.fixedSize

    /// Makes a reader of rows of `fieldCount` fields, none of more than `maximumRowSize` bytes.
    public init(fieldCount: Int, maximumRowSize: Int = 1 << 30) {
        self.fieldCount = fieldCount
        self.maximumRowSize = maximumRowSize
    }

    /// Whether the trailer was read.
    public var isComplete: Bool { phase == .complete }

    /// Calls `body` once for each row that `bytes` complete, in order.
    ///
    /// `body` need not read all fields of a row. After an error, of the stream or of `body`, the reader accepts nothing more.
    ///
    /// - Throws: ``BinaryError`` with the row's position, or what `body` throws.
    @inlinable
    public mutating func feed(_ bytes: RawSpan, _ body: (inout FieldCursor) throws -> Void) throws {
        do {
            var position = 0
            while position < bytes.byteCount {
                switch phase {
                case .header: position = try readHeader(bytes, from: position)
                case .headerExtension(let size): position = passOver(size, bytes.byteCount, from: position)
                case .rows where partial.count == 0: position = try readRows(bytes, from: position, body)
                case .rows: position = try completeRow(bytes, from: position, body)
                case .complete: throw BinaryError(.dataAfterTrailer, "bytes after the trailer")
                case .failed: throw BinaryError(.readerFailed, "stream read on after an error")
                }
            }
        } catch {
            phase = .failed
            if let error = error as? BinaryError, error.code != .readerFailed { throw error.at(row: rows &+ 1) }
            throw error
        }
    }

    /// Says that the stream has ended.
    ///
    /// - Throws: ``BinaryError`` of code `truncated` unless the trailer was the last thing read.
    public func finish() throws(BinaryError) {
        guard phase == .complete else {
            throw BinaryError(.truncated, "stream ended before its trailer").at(row: rows + 1)
        }
    }

    /// Reads rows where they lie, and keeps what begins a row that ends elsewhere.
    @inlinable
    mutating func readRows(_ bytes: RawSpan, from start: Int, _ body: (inout FieldCursor) throws -> Void) throws -> Int {
        var position = start
        while position < bytes.byteCount {
            let rest = bytes.suffix(from: position)
            var scan = RowScan()
            switch try scan.advance(over: rest, fieldCount: fieldCount, maximumRowSize: maximumRowSize) {
            case .row(let end):
                var cursor = FieldCursor(scanned: rest.extracting(0..<end), fieldCount: fieldCount)
                try body(&cursor)
                delivered &+= 1
                position &+= end
            case .trailer:
                phase = .complete
                return position &+ 2
            case .needs(let size):
                self.scan = scan
                needed = size
                partial.append(rest)
                return bytes.byteCount
            }
        }
        return position
    }

    /// Adds to a split row what it still needs, and delivers it when it is whole.
    @inlinable
    mutating func completeRow(_ bytes: RawSpan, from start: Int, _ body: (inout FieldCursor) throws -> Void) throws -> Int {
        let end = fill(bytes, from: start)
        guard partial.count == needed else { return end }
        var scan = scan
        switch try scan.advance(over: partial.bytes, fieldCount: fieldCount, maximumRowSize: maximumRowSize) {
        case .needs(let size):
            self.scan = scan
            needed = size
        case .trailer:
            phase = .complete
        case .row:
            var cursor = FieldCursor(scanned: partial.bytes, fieldCount: fieldCount)
            try body(&cursor)
            delivered &+= 1
            partial.removeAll(keepingAtMost: 1 << 20)
        }
        return end
    }

    /// Copies into `partial` at most what it needs; returns where in `bytes` it stopped.
    @usableFromInline
    mutating func fill(_ bytes: RawSpan, from start: Int) -> Int {
        let end = start + min(bytes.byteCount - start, needed - partial.count)
        partial.append(bytes.extracting(start..<end))
        return end
    }

    @usableFromInline
    mutating func readHeader(_ bytes: RawSpan, from start: Int) throws(BinaryError) -> Int {
        let end = fill(bytes, from: start)
        let extensionSize = try CopyBinaryHeader.check(partial.bytes)
        if let extensionSize {
            partial.removeAll(keepingAtMost: .max)
            phase = extensionSize > 0 ? .headerExtension(extensionSize) : .rows
        }
        return end
    }

    @usableFromInline
    mutating func passOver(_ size: Int, _ byteCount: Int, from start: Int) -> Int {
        let passed = min(size, byteCount - start)
        phase = passed == size ? .rows : .headerExtension(size - passed)
        return start + passed
    }
}
