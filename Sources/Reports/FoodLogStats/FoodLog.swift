import PostgresBinary

extension FoodLogStats {
    /// A row of `phood_foodlogsum`, the facts.
    struct FoodLog {
        static let table = SourceTable(
            "phood_foodlogsum", day: "logged_time",
            [
                ReportColumn("id", .int4), ReportColumn("location_id", .int4), ReportColumn("inventory_item_id", .int4),
                ReportColumn("pan_id", .int4), ReportColumn("action_taken_id", .int4), ReportColumn("action_reason_id", .int4),
                ReportColumn("validation_status", .text), ReportColumn("quantity", .numeric), ReportColumn("logged_time", .timestampTZ),
                ReportColumn("flags", .text),
            ])

        let id: Int32?
        let locationID: Int32?
        let inventoryItemID: Int32?
        let panID: Int32?
        let actionTakenID: Int32?
        let actionReasonID: Int32?
        let validationStatus: InternedText?
        let quantity: Numeric?
        let loggedTime: TimestampTZ
        let flags: InternedText?

        init(_ row: inout FieldCursor, _ texts: inout TextArena) throws {
            id = try row.next()
            locationID = try row.next()
            inventoryItemID = try row.next()
            panID = try row.next()
            actionTakenID = try row.next()
            actionReasonID = try row.next()
            validationStatus = try row.nextText(into: &texts)
            quantity = try row.next()
            loggedTime = try row.nextNonNull()
            flags = try row.nextText(into: &texts)
        }
    }
}
