public import PostgresBinary

/// A day's food logs summed up by store: the example of how a native report is added (see the article "Adding a native report").
///
/// Equals `sql/template-daily-store-summary.sql`. Logs without a location are summed up under no store.
public struct DailyStoreSummary: NativeReport, ~Copyable {
    /// `DailyStoreSummary`
    public static let name = "DailyStoreSummary"
    /// The first.
    public static let version = 1

    /// Five: the day, the store, and what was logged there.
    public static var columns: [ReportColumn] {
        [
            ReportColumn("day", .date), ReportColumn("location_id", .int4), ReportColumn("store", .text), ReportColumn("logs", .int8),
            ReportColumn("quantity", .numeric),
        ]
    }

    /// Stores, then the slice's food logs.
    public static var tables: [SourceTable] {
        [
            SourceTable("phood_location", [ReportColumn("id", .int4), ReportColumn("name", .text)]),
            SourceTable(
                "phood_foodlogsum", day: "logged_time",
                [ReportColumn("location_id", .int4), ReportColumn("quantity", .numeric), ReportColumn("logged_time", .timestampTZ)]),
        ]
    }

    private struct Key: Hashable {
        let day: Int
        let location: Int32?
    }

    private struct Sum {
        var logs: Int64 = 0
        /// NULL until a quantity was seen, as SQL's sum() has it.
        var quantity: Numeric?
    }

    private var texts = FieldArena()
    private var stores = DimensionTable<Named>("phood_location")
    private var sums: [Key: Sum] = [:]

    /// Without any row yet.
    public init() {}

    /// Takes a store, or adds a food log to its store's sum.
    public mutating func read(_ row: inout FieldCursor, of table: Int, into rows: DayRows) throws {
        guard table == 1 else { return try stores.insert(from: &row, &texts) }
        let location = try row.next(Int32.self)
        let quantity = try row.next(Numeric.self)
        guard let day = rows.bounds.index(of: try row.nextNonNull(TimestampTZ.self)) else {
            throw ReportError(.rowOutsideDay, "the source returned a food log of another day")
        }
        var sum = sums[Key(day: day, location: location), default: Sum()]
        sum.logs += 1
        if let quantity { sum.quantity = try sum.quantity.map { try $0 + quantity } ?? quantity }
        sums[Key(day: day, location: location)] = sum
    }

    /// Writes the sums once all food logs are read.
    public mutating func finish(table: Int, into rows: DayRows) throws {
        guard table == 1 else { return }
        for (key, sum) in sums {
            rows.append(toDay: key.day) { writer in
                writer.write(rows.bounds.days[key.day])
                writer.write(key.location)
                writer.write(encoded: stores[key.location]?.name, from: texts)
                writer.write(sum.logs)
                writer.write(sum.quantity)
            }
        }
        sums.removeAll(keepingCapacity: true)
    }
}
