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

    /// Dimensions, then the food logs of the slice.
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

    private var texts = TextArena(capacity: 1 << 16)
    private var regions = DimensionTable<Named>("phood_region")
    private var locations = DimensionTable<Location>("phood_location")
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
        case .foodLog: try join(&row, into: rows)
        case .menuItem: menu.insert(try MenuItem(&row))
        case .region: try regions.insert(from: &row, &texts)
        case .location:
            let location = try Location(&row, &texts)
            try locations.insert(location, id: location.id)
        case .station: try stations.insert(from: &row, &texts)
        case .actionTaken: try actionsTaken.insert(from: &row, &texts)
        case .actionReason: try actionReasons.insert(from: &row, &texts)
        case .foodCategory: try foodCategories.insert(from: &row, &texts)
        case .pan:
            let pan = try Pan(&row, &texts)
            try pans.insert(pan, id: pan.id)
        case .inventoryItem:
            let item = try InventoryItem(&row, &texts)
            try items.insert(item, id: item.id)
        case nil: break
        }
    }

    private mutating func join(_ cursor: inout FieldCursor, into rows: DayRows) throws {
        let mark = texts.mark
        let log = try FoodLog(&cursor, &texts)
        guard let day = rows.bounds.index(of: log.loggedTime) else {
            throw ReportError(.rowOutsideDay, "the source returned food log \(log.id.map(String.init) ?? "without id") of another day")
        }
        let location = locations[log.locationID]
        let item = items[log.inventoryItemID]
        let pan = pans[log.panID]
        var row = Row(
            id: log.id, store: location?.name, station: nil, validationStatus: log.validationStatus,
            region: regions[location?.regionID]?.name,
            actionTakenID: log.actionTakenID, actionTaken: actionsTaken[log.actionTakenID]?.name, name: item?.name, quantity: log.quantity,
            averageWeight: pan?.averageWeight, panName: pan?.name, weight: try log.quantity.minus(pan?.averageWeight),
            foodCategory: foodCategories[item?.foodCategoryID]?.name, costPerPound: item?.costPerPound, targetWeight: item?.targetWeight,
            pricePerPound: item?.pricePerPound, actionReason: actionReasons[log.actionReasonID]?.name, clientID: item?.clientID,
            loggedTime: log.loggedTime, flags: log.flags)
        var places = menu.places(item: log.inventoryItemID, location: log.locationID)
        repeat {
            row.station = stations[places.next() ?? nil]?.name
            rows.append(toDay: day) { row.encode(to: &$0, texts) }
        } while !places.isAtEnd
        texts.truncate(to: mark)
    }
}

extension Numeric? {
    /// SQL's minus: NULL when either side is.
    fileprivate func minus(_ other: Numeric?) throws -> Numeric? {
        guard let self, let other else { return nil }
        return try self - other
    }
}
