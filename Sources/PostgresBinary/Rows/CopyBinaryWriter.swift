/// Accumulates encoded rows in one growing block that is used again and again.
///
/// A row is `beginRow(fieldCount:)` followed by that many fields; the writer does not count them. A field of 2^31 bytes or more and
/// a row of more than 32767 fields cannot be encoded, and are a programmer's error.
public struct CopyBinaryWriter: ~Copyable, Sendable {
    @usableFromInline var block: ByteBlock
    @usableFromInline var rowStart = 0
    private let usualCapacity: Int

    /// Makes a writer with room for `capacity` bytes; it grows when that is not enough.
    public init(capacity: Int) {
        block = ByteBlock(capacity: capacity)
        usualCapacity = max(capacity, 1 << 12)
    }

    /// The number of bytes held.
    @inlinable public var count: Int { block.count }

    /// All bytes held, for as long as the writer is not changed.
    @inlinable public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { block.bytes }
    }

    /// The bytes of the row begun last: the whole encoded tuple once its last field is written.
    @inlinable public var lastRow: RawSpan {
        @_lifetime(borrow self)
        get { block.bytes.suffix(from: rowStart) }
    }

    /// Forgets all bytes and keeps the block, unless an outsized row had made it more than four times the usual size.
    public mutating func removeAll() {
        block.removeAll(keepingAtMost: usualCapacity * 4)
        rowStart = 0
    }

    /// Appends the header of a stream, without flags or extensions.
    public mutating func writeHeader() {
        let signature = CopyBinaryHeader.signature
        block.append(signature.span.bytes)
        block.append(UInt64(0))
    }

    /// Appends the trailer of a stream.
    public mutating func writeTrailer() {
        rowStart = block.count
        block.append(Int16(-1))
    }

    /// Begins a row of `fieldCount` fields.
    @inlinable
    public mutating func beginRow(fieldCount: Int) {
        rowStart = block.count
        block.append(Int16(fieldCount))
    }

    /// Takes the row begun last away again. To be called once a row.
    @inlinable
    public mutating func dropLastRow() {
        block.truncate(to: rowStart)
    }

    /// Appends a field; nil is NULL.
    @inlinable
    public mutating func write<T: BinaryEncodable>(_ value: T?) {
        guard let value else { return writeNull() }
        let start = block.count
        block.append(Int32(0))
        value.encode(to: &self)
        block.overwrite(at: start, with: Int32(block.count &- start &- 4))
    }

    /// Appends a field that is NULL.
    @inlinable
    public mutating func writeNull() {
        block.append(Int32(-1))
    }

    /// Appends a field whose bytes are `value`.
    @inlinable
    public mutating func writeField(_ value: RawSpan) {
        block.append(Int32(value.byteCount))
        block.append(value)
    }

    /// Appends fields that are encoded already, each its length and its bytes, as ``FieldCursor/nextEncoded(_:)`` gives them.
    @inlinable
    public mutating func write(encoded fields: RawSpan) {
        block.append(fields)
    }

    /// Appends `count` encoded fields that `arena` keeps one behind the other; nil are as many that are NULL.
    @inlinable
    public mutating func write(encoded fields: KeptFields?, count: Int = 1, from arena: borrowing FieldArena) {
        if let fields { return block.append(arena.bytes(of: fields)) }
        for _ in 0..<count { writeNull() }
    }

    /// Appends a whole encoded tuple, as ``FieldCursor/rowBytes``.
    @inlinable
    public mutating func writeRow(_ tuple: RawSpan) {
        rowStart = block.count
        block.append(tuple)
    }

    /// Appends a whole encoded tuple with one more field at its end; nil is NULL.
    @inlinable
    public mutating func writeRow<T: BinaryEncodable>(_ tuple: RawSpan, appending value: T?) {
        beginRow(fieldCount: Int(tuple.load(Int16.self, at: 0)) + 1)
        block.append(tuple.suffix(from: 2))
        write(value)
    }

    /// Appends bytes of a value, from within ``BinaryEncodable/encode(to:)``.
    @inlinable
    public mutating func append(_ bytes: RawSpan) {
        block.append(bytes)
    }

    /// Appends an integer of a value in network order, from within ``BinaryEncodable/encode(to:)``.
    @inlinable
    public mutating func append(_ value: some FixedWidthInteger & BitwiseCopyable) {
        block.append(value)
    }
}
