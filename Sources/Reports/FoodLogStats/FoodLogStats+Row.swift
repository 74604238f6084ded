import PostgresBinary

extension FoodLogStats {
    /// The warehouse row. Text is in the report's arena.
    struct Row {
        let id: Int32?
        let store: InternedText?
        var station: InternedText?
        let validationStatus: InternedText?
        let region: InternedText?
        let actionTakenID: Int32?
        let actionTaken: InternedText?
        let name: InternedText?
        let quantity: Numeric?
        let averageWeight: Numeric?
        let panName: InternedText?
        /// quantity - averageWeight
        let weight: Numeric?
        let foodCategory: InternedText?
        let costPerPound: Numeric?
        let targetWeight: Numeric?
        let pricePerPound: Numeric?
        let actionReason: InternedText?
        let clientID: InternedText?
        let loggedTime: TimestampTZ
        let flags: InternedText?

        /// Writes the fields in the order of `columns`.
        @inline(__always)
        func encode(to writer: inout CopyBinaryWriter, _ texts: borrowing TextArena) {
            writer.write(id)
            writer.write(store, from: texts)
            writer.write(station, from: texts)
            writer.write(validationStatus, from: texts)
            writer.write(region, from: texts)
            writer.write(actionTakenID)
            writer.write(actionTaken, from: texts)
            writer.write(name, from: texts)
            writer.write(quantity)
            writer.write(averageWeight)
            writer.write(panName, from: texts)
            writer.write(weight)
            writer.write(foodCategory, from: texts)
            writer.write(costPerPound)
            writer.write(targetWeight)
            writer.write(pricePerPound)
            writer.write(actionReason, from: texts)
            writer.write(clientID, from: texts)
            writer.write(loggedTime)
            writer.write(flags, from: texts)
        }
    }

    /// Twenty, in the order of the template.
    public static var columns: [ReportColumn] {
        [
            ReportColumn("id", .int4), ReportColumn("store", .text), ReportColumn("station", .text),
            ReportColumn("validation_status", .text),
            ReportColumn("region", .text), ReportColumn("action_taken_id", .int4), ReportColumn("action_taken", .text),
            ReportColumn("name", .text), ReportColumn("quantity", .numeric), ReportColumn("average_weight", .numeric),
            ReportColumn("pan_name", .text), ReportColumn("weight", .numeric), ReportColumn("food_category", .text),
            ReportColumn("cost_per_lb", .numeric), ReportColumn("target_weight", .numeric), ReportColumn("price_per_lb", .numeric),
            ReportColumn("action_reason", .text), ReportColumn("client_id", .text), ReportColumn("logged_time", .timestampTZ),
            ReportColumn("flags", .text),
        ]
    }
}
