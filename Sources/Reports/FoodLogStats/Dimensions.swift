import PostgresBinary

/// A dimension of which only the name is wanted.
struct Named {
    let name: InternedText?

    static func table(_ name: String) -> SourceTable { SourceTable(name, [ReportColumn("id", .int4), ReportColumn("name", .text)]) }
}

extension DimensionTable<Named> {
    mutating func insert(from row: inout FieldCursor, _ texts: inout TextArena) throws {
        let id = try row.next(Int32.self)
        try insert(Named(name: try row.nextText(into: &texts)), id: id)
    }
}

extension FoodLogStats {
    /// A row of `phood_location`: a store.
    struct Location {
        static let table = SourceTable(
            "phood_location", [ReportColumn("id", .int4), ReportColumn("name", .text), ReportColumn("region_id", .int4)])

        let id: Int32?
        let name: InternedText?
        let regionID: Int32?

        init(_ row: inout FieldCursor, _ texts: inout TextArena) throws {
            id = try row.next()
            name = try row.nextText(into: &texts)
            regionID = try row.next()
        }
    }

    /// A row of `phood_pan`. Weights are in pounds.
    struct Pan {
        static let table = SourceTable(
            "phood_pan", [ReportColumn("id", .int4), ReportColumn("name", .text), ReportColumn("average_weight", .numeric)])

        let id: Int32?
        let name: InternedText?
        let averageWeight: Numeric?

        init(_ row: inout FieldCursor, _ texts: inout TextArena) throws {
            id = try row.next()
            name = try row.nextText(into: &texts)
            averageWeight = try row.next()
        }
    }

    /// A row of `phood_inventoryitem`.
    struct InventoryItem {
        static let table = SourceTable(
            "phood_inventoryitem",
            [
                ReportColumn("id", .int4), ReportColumn("name", .text), ReportColumn("client_id", .text),
                ReportColumn("food_category_id", .int4), ReportColumn("cost_per_lb", .numeric), ReportColumn("target_weight", .numeric),
                ReportColumn("price_per_lb", .numeric),
            ])

        let id: Int32?
        let name: InternedText?
        let clientID: InternedText?
        let foodCategoryID: Int32?
        let costPerPound: Numeric?
        let targetWeight: Numeric?
        let pricePerPound: Numeric?

        init(_ row: inout FieldCursor, _ texts: inout TextArena) throws {
            id = try row.next()
            name = try row.nextText(into: &texts)
            clientID = try row.nextText(into: &texts)
            foodCategoryID = try row.next()
            costPerPound = try row.next()
            targetWeight = try row.next()
            pricePerPound = try row.next()
        }
    }

    /// A row of `phood_menuitem`: an item was on the menu of a location, at a station.
    struct MenuItem {
        static let table = SourceTable(
            "phood_menuitem",
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
