/// The types, arrays aside, whose values this module reads; the raw value is the type's OID, which is the same in every database
/// (https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/catalog/pg_type.dat).
public enum ScalarType: UInt32, CaseIterable, Hashable, Sendable, BitwiseCopyable {
    /// `boolean`
    case bool = 16
    /// `bytea`
    case bytea = 17
    /// `name`
    case name = 19
    /// `bigint`
    case int8 = 20
    /// `smallint`
    case int2 = 21
    /// `integer`
    case int4 = 23
    /// `text`
    case text = 25
    /// `oid`
    case oid = 26
    /// `json`
    case json = 114
    /// `cidr`
    case cidr = 650
    /// `real`
    case float4 = 700
    /// `double precision`
    case float8 = 701
    /// `macaddr8`
    case macaddr8 = 774
    /// `macaddr`
    case macaddr = 829
    /// `inet`
    case inet = 869
    /// `character`
    case bpchar = 1042
    /// `character varying`
    case varchar = 1043
    /// `date`
    case date = 1082
    /// `time without time zone`
    case time = 1083
    /// `timestamp without time zone`
    case timestamp = 1114
    /// `timestamp with time zone`
    case timestamptz = 1184
    /// `interval`
    case interval = 1186
    /// `time with time zone`
    case timetz = 1266
    /// `numeric`
    case numeric = 1700
    /// `uuid`
    case uuid = 2950
    /// `jsonb`
    case jsonb = 3802

    /// The type's name in `pg_type`.
    public var name: String { "\(self)" }

    /// The OID of the type of its arrays.
    public var arrayOID: UInt32 {
        switch self {
        case .bool: 1000
        case .bytea: 1001
        case .name: 1003
        case .int8: 1016
        case .int2: 1005
        case .int4: 1007
        case .text: 1009
        case .oid: 1028
        case .json: 199
        case .cidr: 651
        case .float4: 1021
        case .float8: 1022
        case .macaddr8: 775
        case .macaddr: 1040
        case .inet: 1041
        case .bpchar: 1014
        case .varchar: 1015
        case .date: 1182
        case .time: 1183
        case .timestamp: 1115
        case .timestamptz: 1185
        case .interval: 1187
        case .timetz: 1270
        case .numeric: 1231
        case .uuid: 2951
        case .jsonb: 3807
        }
    }
}
