extension ScalarType {
    /// Checks that `field` is a value of this type, without allocating.
    ///
    /// - Throws: ``BinaryError`` of code `malformedValue` or `valueOutOfRange`.
    public func validate(_ field: RawSpan) throws(BinaryError) {
        switch self {
        case .bool: _ = try Bool(binary: field)
        case .bytea: break
        case .int2: _ = try Int16(binary: field)
        case .int4: _ = try Int32(binary: field)
        case .int8: _ = try Int64(binary: field)
        case .oid: _ = try UInt32(binary: field)
        case .float4: _ = try Float(binary: field)
        case .float8: _ = try Double(binary: field)
        case .numeric: try Numeric.validate(field)
        case .name, .text, .bpchar, .varchar, .json: try UTF8Text.validate(field)
        case .jsonb: try UTF8Text.validate(JSONB.document(in: field))
        case .date: _ = try CalendarDate(binary: field)
        case .time: _ = try TimeOfDay(binary: field)
        case .timetz: _ = try TimeOfDayTZ(binary: field)
        case .timestamp: _ = try Timestamp(binary: field)
        case .timestamptz: _ = try TimestampTZ(binary: field)
        case .interval: _ = try Interval(binary: field)
        case .inet: _ = try Inet(binary: field)
        case .cidr: _ = try Cidr(binary: field)
        case .macaddr: _ = try MacAddr(binary: field)
        case .macaddr8: _ = try MacAddr8(binary: field)
        case .uuid: _ = try PostgresUUID(binary: field)
        }
    }

    /// The value as PostgreSQL prints it, with DateStyle ISO, TimeZone UTC, `intervalstyle` postgres and `bytea_output` hex; nil for
    /// bytes that are no value of this type.
    public func text(of field: RawSpan) -> String? {
        switch self {
        case .bool: (try? Bool(binary: field)).map { $0 ? "t" : "f" }
        case .bytea: try? Bytea(binary: field).description
        case .int2: try? Int16(binary: field).description
        case .int4: try? Int32(binary: field).description
        case .int8: try? Int64(binary: field).description
        case .oid: try? UInt32(binary: field).description
        case .float4: try? Float(binary: field).postgresText
        case .float8: try? Double(binary: field).postgresText
        case .numeric: try? Numeric(binary: field).description
        case .name, .text, .bpchar, .varchar, .json: try? String(binary: field)
        case .jsonb: try? JSONB(binary: field).text
        case .date: try? CalendarDate(binary: field).description
        case .time: try? TimeOfDay(binary: field).description
        case .timetz: try? TimeOfDayTZ(binary: field).description
        case .timestamp: try? Timestamp(binary: field).description
        case .timestamptz: try? TimestampTZ(binary: field).description
        case .interval: try? Interval(binary: field).description
        case .inet: try? Inet(binary: field).description
        case .cidr: try? Cidr(binary: field).description
        case .macaddr: try? MacAddr(binary: field).description
        case .macaddr8: try? MacAddr8(binary: field).description
        case .uuid: try? PostgresUUID(binary: field).description
        }
    }
}
