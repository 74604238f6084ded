/// An array of one of PostgreSQL's types, of its exact shape (https://www.postgresql.org/docs/15/arrays.html).
public struct PostgresArray<Element> {
    /// The dimensions, outermost first; none for an empty array.
    public let dimensions: [ArrayDimension]
    /// The elements in storage order, the last dimension varying fastest; nil is NULL.
    public let elements: [Element?]
    /// The OID of the element type, which the binary form names.
    public let elementOID: UInt32
    /// Whether the binary form says that NULLs may occur; true wherever they do.
    public let hasNulls: Bool

    /// Makes an array of a given shape; nil where the elements do not fill it.
    public init?(dimensions: [ArrayDimension], elements: [Element?], elementOID: UInt32) {
        guard dimensions.count <= ArrayDimension.maximum, elements.count <= ArrayDimension.maximumElements else { return nil }
        var size = dimensions.isEmpty ? 0 : 1
        for dimension in dimensions {
            let (product, overflow) = size.multipliedReportingOverflow(by: Int(dimension.count))
            guard !overflow else { return nil }
            size = product
        }
        guard size == elements.count else { return nil }
        self.init(dimensions: dimensions, elements: elements, elementOID: elementOID, hasNulls: elements.contains { $0 == nil })
    }

    /// Makes an array of one dimension that begins at 1, or an empty one; nil beyond the number of elements PostgreSQL allows.
    public init?(_ elements: [Element?], elementOID: UInt32) {
        let dimension = ArrayDimension(count: Int32(clamping: elements.count))
        self.init(dimensions: dimension.map { [$0] } ?? [], elements: elements, elementOID: elementOID)
    }

    private init(dimensions: [ArrayDimension], elements: [Element?], elementOID: UInt32, hasNulls: Bool) {
        self.dimensions = dimensions
        self.elements = elements
        self.elementOID = elementOID
        self.hasNulls = hasNulls
    }
}

extension PostgresArray: Sendable where Element: Sendable {}
extension PostgresArray: Equatable where Element: Equatable {}
extension PostgresArray: Hashable where Element: Hashable {}

extension PostgresArray: BinaryDecodable where Element: BinaryDecodable {
    /// Reads an array. Allocates no more than its bytes can hold.
    public init(binary: RawSpan) throws(BinaryError) {
        var cursor = try ArrayCursor(binary)
        var elements: [Element?] = []
        elements.reserveCapacity(cursor.elementCount)
        for _ in 0..<cursor.elementCount {
            if let field = try cursor.next() {
                elements.append(try Element(binary: field))
            } else {
                elements.append(nil)
            }
        }
        try cursor.finish()
        self.init(dimensions: cursor.dimensions, elements: elements, elementOID: cursor.elementOID, hasNulls: cursor.hasNulls)
    }
}

extension PostgresArray: BinaryEncodable where Element: BinaryEncodable {
    /// Writes an array.
    public func encode(to writer: inout CopyBinaryWriter) {
        writer.append(Int32(dimensions.count))
        writer.append(Int32(hasNulls ? 1 : 0))
        writer.append(elementOID)
        for dimension in dimensions {
            writer.append(dimension.count)
            writer.append(dimension.lowerBound)
        }
        for element in elements { writer.write(element) }
    }
}

extension PostgresArray: CustomStringConvertible where Element: BinaryCodable {
    /// As PostgreSQL prints it; an element of a type that ``ScalarType`` does not know is printed as its description.
    public var description: String {
        let texts = elements.map { element in
            element.map { element in
                var writer = CopyBinaryWriter(capacity: 64)
                element.encode(to: &writer)
                return ScalarType(rawValue: elementOID)?.text(of: writer.bytes) ?? "\(element)"
            }
        }
        return ArrayText.text(of: texts, dimensions: dimensions)
    }
}
