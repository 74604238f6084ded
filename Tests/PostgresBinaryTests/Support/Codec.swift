import PostgresBinary
import Testing

/// One type's codec, its Swift type put aside: what every codec must do, in one list.
struct Codec: Sendable, CustomTestStringConvertible {
    let type: ScalarType
    /// Decodes and encodes again.
    let reencode: @Sendable ([UInt8]) throws(BinaryError) -> [UInt8]
    /// Decodes and encodes an array of the type.
    let reencodeArray: @Sendable ([UInt8]) throws(BinaryError) -> [UInt8]
    /// The bytes of a random value, the edges of the type among them.
    let sample: @Sendable (inout SeededGenerator) -> [UInt8]

    init<T: BinaryCodable & Sampled & SendableMetatype>(_ type: ScalarType, _: T.Type) {
        self.type = type
        reencode = { bytes throws(BinaryError) in try T(bytes: bytes).encoded }
        reencodeArray = { bytes throws(BinaryError) in try PostgresArray<T>(bytes: bytes).encoded }
        sample = { T.sample(using: &$0).encoded }
    }

    var testDescription: String { type.name }

    static let all = [
        Codec(.bool, Bool.self), Codec(.bytea, Bytea.self), Codec(.int2, Int16.self), Codec(.int4, Int32.self), Codec(.int8, Int64.self),
        Codec(.oid, UInt32.self), Codec(.float4, Float.self), Codec(.float8, Double.self), Codec(.numeric, Numeric.self),
        Codec(.text, String.self), Codec(.varchar, String.self), Codec(.json, JSON.self), Codec(.jsonb, JSONB.self),
        Codec(.date, CalendarDate.self), Codec(.time, TimeOfDay.self), Codec(.timetz, TimeOfDayTZ.self),
        Codec(.timestamp, Timestamp.self), Codec(.timestamptz, TimestampTZ.self), Codec(.interval, Interval.self),
        Codec(.inet, Inet.self), Codec(.cidr, Cidr.self), Codec(.macaddr, MacAddr.self), Codec(.macaddr8, MacAddr8.self),
        Codec(.uuid, PostgresUUID.self),
    ]
}
