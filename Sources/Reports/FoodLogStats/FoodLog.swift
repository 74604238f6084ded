import PostgresBinary

extension FoodLogStats {
    /// A row of `phood_foodlogsum`, the facts. What the report only moves stays as the source encoded it.
    struct FoodLog: ~Escapable {
        static let table = SourceTable(
            "phood_foodlogsum", day: "logged_time",
            [
                ReportColumn("id", .int4), ReportColumn("location_id", .int4), ReportColumn("inventory_item_id", .int4),
                ReportColumn("pan_id", .int4), ReportColumn("action_taken_id", .int4), ReportColumn("action_reason_id", .int4),
                ReportColumn("validation_status", .text), ReportColumn("quantity", .numeric), ReportColumn("logged_time", .timestampTZ),
                ReportColumn("flags", .text),
            ])

        let id: RawSpan
        let locationID: Int32?
        let inventoryItemID: Int32?
        let panID: Int32?
        let actionTakenID: Int32?
        let actionReasonID: Int32?
        let validationStatus: RawSpan
        let quantity: Numeric?
        let loggedTime: TimestampTZ
        let flags: RawSpan

        @_lifetime(copy row)
        init(_ row: inout FieldCursor) throws {
            id = try row.nextEncoded(Int32.self)
            locationID = try row.next()
            inventoryItemID = try row.next()
            panID = try row.next()
            actionTakenID = try row.next()
            actionReasonID = try row.next()
            validationStatus = try row.nextEncodedText()
            quantity = try row.next()
            loggedTime = try row.nextNonNull()
            flags = try row.nextEncodedText()
        }

        /// For messages.
        var idText: String { id.byteCount > 4 ? (try? Int32(binary: id.extracting(4...))).map(String.init) ?? "" : "without id" }
    }
}
