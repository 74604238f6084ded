import Postgres
import Reports
import SQLText

/// How a source's column becomes the column that a report declares.
///
/// What arrives is what dblink would give: the text of the value, read as the declared type. Values for which a cast is
/// known to give the same are cast, which costs less. Other casts lose something in silence: `real` to `numeric` six
/// digits, 2.7 to `integer` its fraction, `inet` to `cidr` its host.
struct Conversion: Sendable {
    /// What is done to a value.
    enum Method: Sendable, Equatable {
        /// Nothing: its bytes are those of the declared type.
        case none
        /// A cast that gives what its text would give, or the same refusal.
        case cast
        /// Its text is read as the declared type, at the source.
        case reading
        /// Its text is padded with blanks to the length of a `character(n)`. The warehouse would pad it, too, but its
        /// rows would then not be those that were digested here.
        case padding
        /// Its text is sent.
        case text
    }

    /// The report's column.
    let column: ReportColumn
    /// The column's type at the source, as format_type() gives it.
    var sourceType: String { source.name }
    /// What is done.
    let method: Method
    private let source: SourceType

    /// A type at the source, as its catalogue describes it.
    struct SourceType: Sendable {
        let oid: UInt32
        let modifier: Int32
        /// As format_type() gives it.
        let name: String
        /// Whether the binary form of a value is its text, as of text, enums and citext.
        let isText: Bool

        /// A type that is not built in says of itself whether its binary form `isText`.
        init(oid: UInt32, modifier: Int32, name: String, isText: Bool = false) {
            self.oid = oid
            self.modifier = modifier
            self.name = name
            // text, varchar, name, json, unknown
            self.isText = isText || [25, 1043, 19, 114, 705].contains(oid)
        }

        /// Whether a cast to text gives what the type's output function gives. It does not for boolean (16), "char"
        /// (18), cidr (650), inet (869) and character (1042), and types that are not built in may have any cast.
        var isCastToText: Bool { oid < 10000 && ![16, 18, 650, 869, 1042].contains(oid) }
    }

    /// What has to be done with a source's column for a report's one.
    init(of source: SourceType, to column: ReportColumn) {
        self.column = column
        self.source = source
        method = Self.method(from: source, to: column.type)
    }

    private static func method(from source: SourceType, to declared: ColumnType) -> Method {
        let wire = declared.wire
        switch wire.oid {
        case bpchar where wire.modifier > 4:
            return source.oid == bpchar && source.modifier == wire.modifier ? .none : .padding
        // The bytes say how long the value is; whether that is too long is for the warehouse to judge.
        case text, varchar, bpchar: return source.isText || source.oid == bpchar ? .none : .text
        case bit, varbit: return source.oid == bit || source.oid == varbit ? .none : .reading
        default: break
        }
        if source.oid == wire.oid { return wire.modifier == -1 || wire.modifier == source.modifier ? .none : .cast }
        return exactCasts[source.oid]?.contains(wire.oid) == true ? .cast : .reading
    }

    private static let text: UInt32 = 25
    private static let bpchar: UInt32 = 1042
    private static let varchar: UInt32 = 1043
    private static let bit: UInt32 = 1560
    private static let varbit: UInt32 = 1562

    /// Casts between built-in types that give what the value's text, read as the other type, would give; smallint is
    /// 21, integer 23, bigint 20, numeric 1700, real 700, double precision 701, date 1082, timestamp 1114, timestamptz
    /// 1184, json 114, jsonb 3802.
    private static let exactCasts: [UInt32: Set<UInt32>] = [
        21: [23, 20, 1700, 700, 701], 23: [21, 20, 1700, 700, 701], 20: [21, 23, 1700, 700, 701],
        // By way of its text (numeric_float8() in PostgreSQL's numeric.c).
        1700: [700, 701],
        1082: [1114, 1184], 1114: [1082, 1184], 1184: [1082, 1114],
        114: [3802], 3802: [114],
        text: [114, 3802], varchar: [114, 3802],
    ]

    /// What stands in the query for `name`, the source's column.
    func expression(for name: String) -> String {
        switch method {
        case .none: name
        case .cast: "CAST(\(name) AS \(typeName))"
        case .reading: "CAST(\(outputText(of: name)) AS \(typeName))"
        case .text: outputText(of: name)
        case .padding: padded("pg_catalog.rtrim(\(outputText(of: name)))")
        }
    }

    private func outputText(of name: String) -> String {
        source.isCastToText ? "CAST(\(name) AS pg_catalog.text)" : SQL.outputText(of: name)
    }

    private func padded(_ text: String) -> String {
        let length = column.type.modifier - 4
        return "CAST(pg_catalog.rpad(\(text), greatest(\(length), pg_catalog.length(\(text)))) AS pg_catalog.bpchar)"
    }

    /// The declared type without the length of characters or bits: a cast would cut what is longer, where the warehouse
    /// refuses it.
    private var typeName: String {
        switch column.type.oid {
        case 1014: "pg_catalog.bpchar[]"
        case 1015: "pg_catalog.varchar[]"
        case Self.bit, Self.varbit: "pg_catalog.varbit"
        case 1561: "pg_catalog.bit[]"
        case 1563: "pg_catalog.varbit[]"
        default: column.type.name
        }
    }

    /// A cast that exists only where values of the source's type can become values of the declared one; nil where there
    /// is nothing to ask.
    func possibleCast(of name: String) -> String? { method == .reading ? "CAST(\(name) AS \(typeName))" : nil }

    /// For people, as `report check` prints it; nil for a column that is taken as it is.
    var description: String? {
        switch method {
        case .none where column.type.form == .input:
            "column \(column.name): its text is read as \(column.type.name) by the warehouse"
        case .none: nil
        case .cast where source.oid == column.type.oid:
            "column \(column.name): \(sourceType) is rounded to \(column.type.name)"
        case .cast, .padding: "column \(column.name): \(sourceType) becomes \(column.type.name)"
        case .reading: "column \(column.name): \(sourceType) is read as \(column.type.name), by its text"
        case .text where column.type.form == .input:
            "column \(column.name): \(sourceType) is read as \(column.type.name) by the warehouse, by its text"
        case .text: "column \(column.name): \(sourceType) becomes \(column.type.name), its text"
        }
    }
}

extension [Conversion] {
    /// The failure that an error of the source's comes down to; where a value could not be converted, it names the
    /// column.
    func explaining(_ error: PostgresError) -> Failure {
        let failure = Failure(error, on: .source)
        let converted = filter { $0.method == .reading || $0.method == .cast }
        guard error.sqlstate?.code.hasPrefix("22") == true, !converted.isEmpty else { return failure }
        // Messages name the type, in every language: integer out of range, invalid input syntax for type integer.
        let named = converted.filter { error.message.contains($0.column.type.name.prefix { $0 != "(" }) }
        let suspects = named.isEmpty ? converted : named
        let names = suspects.map(\.column.name).joined(separator: ", ")
        let subject = suspects.count == 1 ? "column \(names)" : "one of the columns \(names)"
        let (first, name) = (suspects[0], SQL.shortestIdentifier(suspects[0].column.name))
        let declared = first.column.type.name
        let hint =
            first.method == .reading
            ? "\(name) is \(first.sourceType) at the source, and its text has to be a value of \(declared): convert it in the query, "
                + "as in CAST(\(name) AS \(declared))"
            : "\(name) is \(first.sourceType) at the source: leave such rows out in the query, or register the report under another name "
                + "with \(name) \(first.sourceType)"
        return failure.about(subject, hint: hint)
    }
}
