/// Finds where a row ends, in as many steps as its bytes take to arrive. Nothing is copied; only lengths are looked at.
@usableFromInline
struct RowScan {
    @usableFromInline
    enum Outcome {
        /// The row is whole and ends before this offset.
        case row(Int)
        /// There is no row, but the trailer.
        case trailer
        /// Nothing more is known before this many bytes of the row, counted from its start, have arrived.
        case needs(Int)
    }

    /// Where the next length stands, counted from the start of the row; 0 before the field count was read.
    @usableFromInline var offset = 0
    /// The fields whose lengths were not read yet.
    @usableFromInline var remaining = 0

    @inlinable init() {}

    /// Goes on from where it stopped; `bytes` begin where the row begins and may go on after its end.
    ///
    /// - Throws: ``BinaryError`` for another number of fields, an impossible length, or a row above `maximumRowSize`.
    @inlinable
    mutating func advance(over bytes: RawSpan, fieldCount: Int, maximumRowSize: Int) throws(BinaryError) -> Outcome {
        let available = bytes.byteCount
        if offset == 0 {
            guard available >= 2 else { return .needs(2) }
            let declared = Int(bytes.load(Int16.self, at: 0))
            if declared != fieldCount {
                if declared == -1 { return .trailer }
                throw Self.wrongFieldCount(declared, expected: fieldCount)
            }
            offset = 2
            remaining = declared
        }
        while remaining > 0 {
            let next = offset &+ 4
            guard next <= available else { return try need(next, maximumRowSize) }
            let length = Int(bytes.load(Int32.self, at: offset))
            guard length >= -1 else { throw Self.negativeLength() }
            offset = next &+ max(length, 0)
            remaining &-= 1
        }
        guard offset <= available else { return try need(offset, maximumRowSize) }
        guard offset <= maximumRowSize else { throw Self.tooLarge() }
        return .row(offset)
    }

    @inlinable
    func need(_ size: Int, _ maximumRowSize: Int) throws(BinaryError) -> Outcome {
        guard size <= maximumRowSize else { throw Self.tooLarge() }
        return .needs(size)
    }

    @usableFromInline
    @inline(never)
    static func wrongFieldCount(_ declared: Int, expected: Int) -> BinaryError {
        BinaryError(.wrongFieldCount, "row of \(declared) fields where \(expected) were asked for")
    }

    @usableFromInline
    @inline(never)
    static func negativeLength() -> BinaryError {
        BinaryError(.malformedRow, "field with a negative length")
    }

    @usableFromInline
    @inline(never)
    static func tooLarge() -> BinaryError {
        BinaryError(
            .rowTooLarge, "row larger than allowed", hint: "raise limits.rowBytes in the settings if its rows are meant to be that large")
    }
}
