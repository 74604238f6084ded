/// One growing block of bytes with one owner.
///
/// All of the module's unsafe memory is here and in `RawSpan+Load.swift`. The invariant: `base` is the start of `capacity` allocated
/// bytes, of which the first `count` are initialised, and `0 <= count <= capacity`. Every function keeps it for any argument.
public struct ByteBlock: ~Copyable, @unchecked Sendable {
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline var count = 0

    /// A block with room for `capacity` bytes, which grows when that is not enough.
    public init(capacity: Int) {
        self.capacity = max(capacity, 16)
        base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    @inlinable deinit { base.deallocate() }

    /// The bytes held.
    @inlinable public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { _overrideLifetime(RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count), borrowing: self) }
    }

    /// Makes room for `size` more bytes, at least doubling the block when it has to grow.
    @inlinable
    mutating func reserve(_ size: Int) {
        if capacity &- count < size { grow(by: size) }
    }

    @usableFromInline
    @inline(never)
    mutating func grow(by size: Int) {
        resize(to: max(capacity * 2, count + size))
    }

    /// Moves what is held into a block of `newCapacity` bytes, which is at least `count`.
    private mutating func resize(to newCapacity: Int) {
        let size = max(newCapacity, count, 16)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
        capacity = size
    }

    /// Appends an integer in network order.
    @inlinable
    mutating func append(_ value: some FixedWidthInteger & BitwiseCopyable) {
        let size = value.bitWidth / 8
        reserve(size)
        base.storeBytes(of: value.bigEndian, toByteOffset: count, as: type(of: value))
        count &+= size
    }

    /// Appends the first `length` bytes, at most eight, of a word in network order.
    @inlinable
    mutating func append(first length: Int, of word: UInt64) {
        reserve(8)
        base.storeBytes(of: word.bigEndian, toByteOffset: count, as: UInt64.self)
        count &+= min(max(length, 0), 8)
    }

    /// Appends a copy of `bytes`.
    @inlinable
    public mutating func append(_ bytes: RawSpan) {
        let size = bytes.byteCount
        reserve(size)
        let target = base + count
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { target.copyMemory(from: start, byteCount: size) }
        }
        count &+= size
    }

    /// Writes an integer in network order over bytes that are held; does nothing where there are none.
    @inlinable
    mutating func overwrite(at offset: Int, with value: some FixedWidthInteger & BitwiseCopyable) {
        guard offset >= 0, offset <= count &- value.bitWidth / 8 else { return }
        base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: type(of: value))
    }

    /// Forgets all but the first `newCount` bytes, and keeps the block.
    @inlinable
    mutating func truncate(to newCount: Int) {
        count = min(max(newCount, 0), count)
    }

    /// Forgets all bytes; keeps the block unless it is larger than `limit`, which then is its new size.
    @inlinable
    public mutating func removeAll(keepingAtMost limit: Int) {
        count = 0
        if capacity > limit { shrink(to: limit) }
    }

    @usableFromInline
    @inline(never)
    mutating func shrink(to limit: Int) {
        resize(to: limit)
    }
}
