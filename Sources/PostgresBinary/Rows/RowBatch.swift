/// Encoded rows that are kept for a while, to be taken again in the order of their ranks.
///
/// Rows that resemble each other then stand together: they compress better, and an index over what ranks them is built from sorted rows.
/// Ordering is a radix sort of eight bytes a row: one pass for each eleven bits of rank in which rows differ. Rows of equal rank stay in
/// the order in which they came.
public struct RowBatch: ~Copyable {
    /// The rows as they came, each behind its size.
    @usableFromInline var tuples: ByteBlock
    /// A row each: its rank, and in the lower half where it starts in `tuples`.
    @usableFromInline var order: [UInt64] = []
    @usableFromInline var next = 0
    /// What was seen of rows that come soon; of no use but that they were looked at.
    @usableFromInline var seen: UInt8 = 0
    /// Bytes of rows from which on the batch is full.
    public let capacity: Int

    /// An empty batch. What it allocates grows with its rows, to less than twice `capacity` unless the last row is huge.
    public init(capacity: Int) {
        self.capacity = min(capacity, Int(UInt32.max))
        tuples = ByteBlock(capacity: min(capacity, 1 << 16))
    }

    /// Whether rows are to be taken before more are added.
    @inlinable public var isFull: Bool { tuples.count >= capacity }
    /// Whether no row is left to be taken.
    @inlinable public var isEmpty: Bool { next == order.count }

    /// Keeps a copy of a row.
    ///
    /// - Throws: ``BinaryError`` of code `arenaFull` where the batch holds 4 GiB.
    @inlinable
    public mutating func append(_ row: borrowing FieldCursor, rank: UInt32) throws(BinaryError) {
        guard let start = UInt32(exactly: tuples.count), let size = UInt32(exactly: row.rowBytes.byteCount) else { throw FieldArena.full() }
        order.append(UInt64(rank) << 32 | UInt64(start))
        tuples.append(size)
        tuples.append(row.rowBytes)
    }

    /// Orders what was added; to be called before the first row is taken, and not between.
    public mutating func sort() {
        var sorted = [UInt64](repeating: 0, count: order.count)
        let differing = order.reduce(into: UInt64(0)) { $0 |= $1 ^ order[0] }
        for shift: UInt64 in [32, 43, 54] where (differing >> shift) & 0x7FF != 0 {
            var places = [Int](repeating: 0, count: 1 << 11)
            for entry in order { places[Int((entry >> shift) & 0x7FF)] += 1 }
            var sum = 0
            for digit in places.indices { (places[digit], sum) = (sum, sum + places[digit]) }
            for entry in order {
                let digit = Int((entry >> shift) & 0x7FF)
                sorted[places[digit]] = entry
                places[digit] += 1
            }
            swap(&order, &sorted)
        }
    }

    /// Takes rows, in order, until there is none left or `body` returns false for one. The batch is empty after the last.
    @inlinable
    public mutating func take(_ body: (inout FieldCursor) throws -> Bool) throws {
        var goesOn = true
        while goesOn, next < order.count {
            if next % Self.lookahead == 0 { seen = lookAhead() }
            let start = Int(UInt32(truncatingIfNeeded: order[next])) &+ 4
            next &+= 1
            let size = Int(tuples.bytes.load(UInt32.self, at: start &- 4))
            let tuple = tuples.bytes.extracting(start..<(start &+ size))
            var row = FieldCursor(scanned: tuple, fieldCount: Int(tuple.load(Int16.self, at: 0)))
            goesOn = try body(&row)
        }
        if isEmpty { removeAll() }
    }

    /// Rows that are looked at together.
    @usableFromInline static var lookahead: Int { 16 }

    /// Rows lie anywhere in the block, each a wait for memory. Looked at one after the other they are waited for together.
    @usableFromInline
    func lookAhead() -> UInt8 {
        let bytes = tuples.bytes
        var seen: UInt8 = 0
        for entry in order[next..<min(next + Self.lookahead, order.count)] {
            let start = Int(UInt32(truncatingIfNeeded: entry))
            seen ^= bytes.load(at: start) ^ bytes.load(at: min(start &+ 64, bytes.byteCount &- 1))
        }
        return seen
    }

    /// Forgets all rows.
    public mutating func removeAll() {
        tuples.removeAll(keepingAtMost: capacity * 2)
        order.removeAll(keepingCapacity: true)
        next = 0
    }
}
