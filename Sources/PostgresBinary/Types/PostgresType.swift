/// A type whose values this module reads: one of ``ScalarType``, or an array of one. Bytes of any other type can only be passed on.
public enum PostgresType: Hashable, Sendable, BitwiseCopyable {
    /// A type that is not an array.
    case scalar(ScalarType)
    /// The type of arrays of a type.
    case array(of: ScalarType)

    /// The type of that OID; nil for one that this module does not read.
    public init?(oid: UInt32) {
        if let scalar = ScalarType(rawValue: oid) {
            self = .scalar(scalar)
        } else if let element = ScalarType.allCases.first(where: { $0.arrayOID == oid }) {
            self = .array(of: element)
        } else {
            return nil
        }
    }

    /// The type's OID.
    public var oid: UInt32 {
        switch self {
        case .scalar(let type): type.rawValue
        case .array(let element): element.arrayOID
        }
    }

    /// The type's name in `pg_type`: `int4`, and `_int4` for its arrays.
    public var name: String {
        switch self {
        case .scalar(let type): type.name
        case .array(let element): "_" + element.name
        }
    }

    /// The OID of the type of its arrays; nil for an array, whose arrays are of its own type.
    public var arrayOID: UInt32? {
        switch self {
        case .scalar(let type): type.arrayOID
        case .array: nil
        }
    }

    /// Checks that `field` is a value of this type, without allocating.
    ///
    /// - Throws: ``BinaryError`` of code `malformedValue` or `valueOutOfRange`.
    public func validate(_ field: RawSpan) throws(BinaryError) {
        switch self {
        case .scalar(let type):
            try type.validate(field)
        case .array(let element):
            var cursor = try ArrayCursor(field, of: element)
            for _ in 0..<cursor.elementCount {
                if let value = try cursor.next() { try element.validate(value) }
            }
            try cursor.finish()
        }
    }

    /// The value as PostgreSQL prints it, with DateStyle ISO, TimeZone UTC, `intervalstyle` postgres and `bytea_output` hex; the type's
    /// name in angle brackets for bytes that are no value of it.
    public func text(of field: RawSpan) -> String {
        let text =
            switch self {
            case .scalar(let type): type.text(of: field)
            case .array(let element): try? Self.arrayText(of: field, element)
            }
        return text ?? "<malformed \(name)>"
    }

    private static func arrayText(of field: RawSpan, _ element: ScalarType) throws(BinaryError) -> String {
        var cursor = try ArrayCursor(field, of: element)
        var texts: [String?] = []
        for _ in 0..<cursor.elementCount {
            guard let value = try cursor.next() else {
                texts.append(nil)
                continue
            }
            guard let text = element.text(of: value) else { throw .malformed("array", "a malformed element") }
            texts.append(text)
        }
        try cursor.finish()
        return ArrayText.text(of: texts, dimensions: cursor.dimensions)
    }
}
