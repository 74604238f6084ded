import PostgresBinary

// Texts are handles on encoded fields: what the warehouse row holds of them is copied and nothing else.

/// A dimension of which only the name is wanted.
struct Named: BitwiseCopyable {
    /// One encoded field, NULL included.
    let name: KeptFields

    static func table(_ name: String) -> SourceTable { SourceTable(name, [ReportColumn("id", .int4), ReportColumn("name", .text)]) }
}

extension DimensionTable<Named> {
    mutating func insert(from row: inout FieldCursor, _ texts: inout FieldArena) throws {
        let id = try row.next(Int32.self)
        try insert(Named(name: try row.nextText(in: &texts)), id: id)
    }
}

extension FoodLogStats {
    /// A row of `phood_location`: a store, with the name of its region.
    struct Location: BitwiseCopyable {
        static let table = SourceTable(
            "phood_location", [ReportColumn("id", .int4), ReportColumn("name", .text), ReportColumn("region_id", .int4)])

        let store: KeptFields
        let region: KeptFields?
    }

    /// A row of `phood_pan`. Weights are in pounds.
    struct Pan {
        static let table = SourceTable(
            "phood_pan", [ReportColumn("id", .int4), ReportColumn("average_weight", .numeric), ReportColumn("name", .text)])

        let averageWeight: Numeric?
        /// Weight and name.
        let fields: KeptFields
    }

    /// A row of `phood_inventoryitem`, with the name of its category.
    struct InventoryItem: BitwiseCopyable {
        static let table = SourceTable(
            "phood_inventoryitem",
            [
                ReportColumn("id", .int4), ReportColumn("name", .text), ReportColumn("client_id", .text),
                ReportColumn("food_category_id", .int4), ReportColumn("cost_per_lb", .numeric), ReportColumn("target_weight", .numeric),
                ReportColumn("price_per_lb", .numeric),
            ])

        let name: KeptFields
        let clientID: KeptFields
        let category: KeptFields?
        /// Cost per pound, target weight, price per pound.
        let prices: KeptFields
    }

    /// A row of `phood_menuitem`: an item was on the menu of a location, at a station. The table has one for each day that it was.
    struct MenuItem {
        static let table = SourceTable(
            "phood_menuitem", distinct: true,
            [ReportColumn("inventory_item_id", .int4), ReportColumn("location_id", .int4), ReportColumn("station_id", .int4)])

        let inventoryItemID: Int32?
        let locationID: Int32?
        let stationID: Int32?

        init(_ row: inout FieldCursor) throws {
            inventoryItemID = try row.next()
            locationID = try row.next()
            stationID = try row.next()
        }
    }
}
