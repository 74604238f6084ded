/// A PostgreSQL type with its modifier, as `pg_type.oid` and `atttypmod` say it.
public struct ColumnType: Hashable, Sendable {
    /// `pg_type.oid`; the same on every server for built-in types, which are those below 10000.
    public var oid: UInt32
    /// `atttypmod`, such as a numeric's precision and scale; -1 is none.
    public var modifier: Int32
    /// What to write in a cast or a CREATE TABLE, as format_type() gives it.
    public var name: String

    /// A type by its oid, modifier and SQL name.
    public init(oid: UInt32, modifier: Int32 = -1, name: String) {
        self.oid = oid
        self.modifier = modifier
        self.name = name
    }

    /// integer
    public static let int4 = ColumnType(oid: 23, name: "integer")
    /// bigint
    public static let int8 = ColumnType(oid: 20, name: "bigint")
    /// text
    public static let text = ColumnType(oid: 25, name: "text")
    /// numeric without a declared precision
    public static let numeric = ColumnType(oid: 1700, name: "numeric")
    /// date
    public static let date = ColumnType(oid: 1082, name: "date")
    /// timestamp without time zone
    public static let timestamp = ColumnType(oid: 1114, name: "timestamp without time zone")
    /// timestamp with time zone
    public static let timestampTZ = ColumnType(oid: 1184, name: "timestamp with time zone")

    /// Whether values of this type can say which day a row belongs to.
    public var holdsDay: Bool { [Self.date.oid, Self.timestamp.oid, Self.timestampTZ.oid].contains(oid) }
    /// A type that is built in has the same oid and the same binary form on every server.
    public var isBuiltIn: Bool { oid < 10000 }

    /// Whether values read as `self` are values of `declared` without a cast: the same type, and no modifier to enforce.
    public func satisfies(_ declared: ColumnType) -> Bool {
        oid == declared.oid && (declared.modifier == -1 || declared.modifier == modifier)
    }
}
