public import PostgresBinary

/// The food-log report: one row for each food log and each distinct station of its item at its location.
///
/// Equals `sql/template-foodlogstats.sql`. Where the item is on no menu there is one row without a station.
public struct FoodLogStats: NativeReport, ~Copyable {
    /// `FoodLogStats`
    public static let name = "FoodLogStats"
    /// The first.
    public static let version = 1

    private enum Table: Int, CaseIterable {
        case region, location, station, actionTaken, actionReason, foodCategory, pan, inventoryItem, menuItem, foodLog
    }

    /// Twenty, in the order of the template.
    public static var columns: [ReportColumn] {
        [
            ReportColumn("id", .int4), ReportColumn("store", .text), ReportColumn("station", .text),
            ReportColumn("validation_status", .text), ReportColumn("region", .text), ReportColumn("action_taken_id", .int4),
            ReportColumn("action_taken", .text), ReportColumn("name", .text), ReportColumn("quantity", .numeric),
            ReportColumn("average_weight", .numeric), ReportColumn("pan_name", .text), ReportColumn("weight", .numeric),
            ReportColumn("food_category", .text), ReportColumn("cost_per_lb", .numeric), ReportColumn("target_weight", .numeric),
            ReportColumn("price_per_lb", .numeric), ReportColumn("action_reason", .text), ReportColumn("client_id", .text),
            ReportColumn("logged_time", .timestampTZ), ReportColumn("flags", .text),
        ]
    }

    /// Dimensions, then the food logs of the slice. A dimension comes before those that name its rows.
    public static var tables: [SourceTable] {
        Table.allCases.map { table in
            switch table {
            case .region: Named.table("phood_region")
            case .location: Location.table
            case .station: Named.table("phood_station")
            case .actionTaken: Named.table("phood_actiontaken")
            case .actionReason: Named.table("phood_actionreason")
            case .foodCategory: Named.table("phood_foodcategory")
            case .pan: Pan.table
            case .inventoryItem: InventoryItem.table
            case .menuItem: MenuItem.table
            case .foodLog: FoodLog.table
            }
        }
    }

    /// Encoded fields of dimensions.
    private var texts = FieldArena(capacity: 1 << 16)
    private var regions = DimensionTable<Named>("phood_region")
    private var locations = DimensionTable<Location>("phood_location")
    private var stores = StoreOrder()
    private var stations = DimensionTable<Named>("phood_station")
    private var actionsTaken = DimensionTable<Named>("phood_actiontaken")
    private var actionReasons = DimensionTable<Named>("phood_actionreason")
    private var foodCategories = DimensionTable<Named>("phood_foodcategory")
    private var pans = DimensionTable<Pan>("phood_pan")
    private var items = DimensionTable<InventoryItem>("phood_inventoryitem")
    private var menu = Menu()

    /// Without any dimension yet.
    public init() {}

    /// Takes a dimension's row, or joins a food log.
    public mutating func read(_ row: inout FieldCursor, of table: Int, into rows: DayRows) throws {
        switch Table(rawValue: table) {
        case .foodLog: try join(FoodLog(&row), into: rows)
        case .menuItem: try menu.insert(try MenuItem(&row))
        case .region: try regions.insert(from: &row, &texts)
        case .location: try readLocation(&row)
        case .station: try stations.insert(from: &row, &texts)
        case .actionTaken: try actionsTaken.insert(from: &row, &texts)
        case .actionReason: try actionReasons.insert(from: &row, &texts)
        case .foodCategory: try foodCategories.insert(from: &row, &texts)
        case .pan: try readPan(&row)
        case .inventoryItem: try readItem(&row)
        case nil: break
        }
    }

    /// By store, as its index is, and by item, which is most of a row.
    public func rank(of fact: inout FieldCursor, in table: Int) throws -> UInt32? {
        try fact.skip()
        let store = stores.rank(of: try fact.next())
        let item = try fact.next(Int32.self)
        return UInt32(store) << 16 | UInt32(UInt16(truncatingIfNeeded: item ?? 0))
    }

    /// Puts the stores in order once all are read.
    public mutating func finish(table: Int, into rows: DayRows) throws {
        if table == Table.location.rawValue { try stores.settle() }
    }

    private mutating func readLocation(_ row: inout FieldCursor) throws {
        let id = try row.next(Int32.self)
        let store = try row.nextEncodedText()
        if let id { stores.insert(store, id: id) }
        let kept = try texts.keep(store)
        try locations.insert(Location(store: kept, region: regions[try row.next()]?.name), id: id)
    }

    private mutating func readPan(_ row: inout FieldCursor) throws {
        let id = try row.next(Int32.self)
        let start = row.position
        let weight = try row.next(Numeric.self)
        _ = try row.nextEncodedText()
        try pans.insert(Pan(averageWeight: weight, fields: try texts.keep(row.encoded(since: start))), id: id)
    }

    private mutating func readItem(_ row: inout FieldCursor) throws {
        let id = try row.next(Int32.self)
        let name = try row.nextText(in: &texts)
        let clientID = try row.nextText(in: &texts)
        let category = foodCategories[try row.next()]?.name
        let start = row.position
        for _ in 0..<3 { _ = try row.next(Numeric.self) }
        let prices = try texts.keep(row.encoded(since: start))
        try items.insert(InventoryItem(name: name, clientID: clientID, category: category, prices: prices), id: id)
    }

    private func join(_ log: borrowing FoodLog, into rows: DayRows) throws {
        guard let day = rows.bounds.index(of: log.loggedTime) else {
            throw ReportError(.rowOutsideDay, "the source returned food log \(log.idText) of another day")
        }
        let location = locations[log.locationID]
        let item = items[log.inventoryItemID]
        let pan = pans[log.panID]
        let weight = try log.quantity.minus(pan?.averageWeight)
        var place = menu.first(item: log.inventoryItemID, location: log.locationID)
        var isOneOfSeveral = false
        repeat {
            let station = stations[menu.station(of: place)]?.name
            rows.append(toDay: day) { row in
                row.write(encoded: log.id)
                row.write(encoded: location?.store, from: texts)
                row.write(encoded: station, from: texts)
                row.write(encoded: log.validationStatus)
                row.write(encoded: location?.region, from: texts)
                row.write(log.actionTakenID)
                row.write(encoded: actionsTaken[log.actionTakenID]?.name, from: texts)
                row.write(encoded: item?.name, from: texts)
                row.write(log.quantity)
                row.write(encoded: pan?.fields, count: 2, from: texts)
                row.write(weight)
                row.write(encoded: item?.category, from: texts)
                row.write(encoded: item?.prices, count: 3, from: texts)
                row.write(encoded: actionReasons[log.actionReasonID]?.name, from: texts)
                row.write(encoded: item?.clientID, from: texts)
                row.write(log.loggedTime)
                row.write(encoded: log.flags)
            }
            if isOneOfSeveral {
                try rows.countFanOut(ofDay: day) { "food log \(log.idText), whose item stands at so many stations," }
            }
            isOneOfSeveral = true
            place = menu.next(after: place)
        } while place >= 0
    }
}

extension Numeric? {
    /// SQL's minus: NULL when either side is.
    fileprivate func minus(_ other: Numeric?) throws -> Numeric? {
        guard let self, let other else { return nil }
        return try self - other
    }
}
