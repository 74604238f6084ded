import SQLText

/// A PostgreSQL type with its modifier, as `pg_type.oid` and `atttypmod` say it.
public struct ColumnType: Hashable, Sendable {
    /// `pg_type.oid`; the same on every server for built-in types, which are those below 10000.
    public var oid: UInt32
    /// `atttypmod`, such as a numeric's precision and scale; -1 is none.
    public var modifier: Int32
    /// What to write in a cast or a CREATE TABLE, as format_type() gives it.
    public var name: String
    /// How its values travel from the source to the warehouse.
    public var form: Form
    /// The schema of the operators that compare its values. Those of an extension's type stand beside it, and are found by
    /// their schema alone: `OPERATOR(public.=)`.
    public var operators: String

    /// The form of a value in a COPY BINARY stream.
    public enum Form: String, Hashable, Sendable {
        /// The type's binary form, which is the same on every server.
        case binary
        /// The type's binary form, which is its text: citext, for one.
        case text
        /// The same, where only an enum's labels are values.
        case label
        /// Text that the warehouse reads as the type, as dblink does: of types without a binary form, of those whose
        /// binary form holds numbers of one server's catalogue (reg…, composite types, arrays of types that are not
        /// built in), and of extensions' types, which the source may not have.
        case input
    }

    /// A type by its oid, modifier and SQL name.
    public init(
        oid: UInt32, modifier: Int32 = -1, name: String, form: Form = .binary, operators: String = "pg_catalog"
    ) {
        self.oid = oid
        self.modifier = modifier
        self.name = name
        self.form = form
        self.operators = operators
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
    /// The type of the values in a COPY BINARY stream: this one, or text.
    public var wire: ColumnType { form == .binary ? self : .text }

    /// How to write the operator `name` (`=`, `<`) between values of this type.
    public func comparison(_ name: String) -> String { "OPERATOR(\(SQL.identifier(operators)).\(name))" }

    /// Whether values read as `self` are values of `declared` without a cast: the same type, and no modifier to
    /// enforce.
    public func satisfies(_ declared: ColumnType) -> Bool {
        oid == declared.oid && (declared.modifier == -1 || declared.modifier == modifier)
    }
}
