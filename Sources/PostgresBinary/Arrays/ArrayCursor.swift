/// The elements of one array's binary form, read in order; nothing is copied and nothing allocated.
///
/// The form, as `array_send` writes it: the number of dimensions, whether NULLs may occur, the OID of the element type, all `Int32`;
/// for each dimension its size and lower bound; for each element its length, -1 for NULL, and its bytes.
struct ArrayCursor: ~Escapable {
    private static let headerSize = 12

    private let bytes: RawSpan
    /// The number of dimensions; 0 for an empty array.
    let dimensionCount: Int
    /// Whether the array has a bitmap of NULLs.
    let hasNulls: Bool
    /// The OID of the element type.
    let elementOID: UInt32
    /// The number of elements, of all dimensions.
    let elementCount: Int
    private var offset: Int
    private var remaining: Int

    /// - Throws: ``BinaryError`` for a header that is impossible, or declares more elements than there are bytes for.
    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) throws(BinaryError) {
        guard bytes.byteCount >= Self.headerSize else { throw .wrongLength(of: "array", bytes.byteCount) }
        let dimensions = Int(bytes.load(Int32.self, at: 0))
        let flags: Int32 = bytes.load(at: 4)
        guard (0...ArrayDimension.maximum).contains(dimensions) else { throw .malformed("array", "an impossible number of dimensions") }
        guard flags == 0 || flags == 1 else { throw .malformed("array", "unknown flags") }
        let start = Self.headerSize + 8 * dimensions
        guard bytes.byteCount >= start else { throw .wrongLength(of: "array", bytes.byteCount) }
        var elements = dimensions == 0 ? 0 : 1
        for index in 0..<dimensions {
            guard let dimension = Self.dimension(index, in: bytes) else { throw .malformed("array", "an impossible dimension") }
            elements *= Int(dimension.count)
            guard elements <= ArrayDimension.maximumElements else { throw .malformed("array", "too many elements") }
        }
        guard elements <= (bytes.byteCount - start) / 4 else { throw .malformed("array", "fewer bytes than its elements need") }
        self.bytes = bytes
        dimensionCount = dimensions
        hasNulls = flags == 1
        elementOID = bytes.load(at: 8)
        elementCount = elements
        offset = start
        remaining = elements
    }

    /// - Throws: ``BinaryError`` also for elements of another type.
    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, of element: ScalarType) throws(BinaryError) {
        try self.init(bytes)
        guard elementOID == element.rawValue else { throw .malformed("array", "elements of another type") }
    }

    /// The dimensions, outermost first.
    var dimensions: [ArrayDimension] {
        (0..<dimensionCount).compactMap { Self.dimension($0, in: bytes) }
    }

    private static func dimension(_ index: Int, in bytes: RawSpan) -> ArrayDimension? {
        ArrayDimension(count: bytes.load(at: headerSize + 8 * index), lowerBound: bytes.load(at: headerSize + 8 * index + 4))
    }

    /// The next element's bytes; nil is NULL. To be called for each of `elementCount` elements.
    ///
    /// - Throws: ``BinaryError`` for a length that leaves the array, a NULL that the header denies, and bytes after the last element.
    @_lifetime(copy self)
    mutating func next() throws(BinaryError) -> RawSpan? {
        guard remaining > 0, offset <= bytes.byteCount - 4 else { throw .malformed("array", "fewer bytes than its elements need") }
        remaining -= 1
        let length = Int(bytes.load(Int32.self, at: offset))
        let start = offset + 4
        guard length >= -1, length <= bytes.byteCount - start else { throw .malformed("array", "an element of impossible length") }
        offset = start + max(length, 0)
        if remaining == 0 { try finish() }
        guard length >= 0 else {
            guard hasNulls else { throw .malformed("array", "a null that its header denies") }
            return nil
        }
        return bytes.extracting(start..<offset)
    }

    /// - Throws: ``BinaryError`` where bytes follow the last element.
    func finish() throws(BinaryError) {
        guard offset == bytes.byteCount else { throw .malformed("array", "bytes after its last element") }
    }
}
