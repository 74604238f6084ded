extension ReportDefinition {
    /// The place of the column by which rows of a day fall into buckets, so that only buckets that differ need be compared again; nil where a
    /// day is compared whole. It is the only key column, an integer; expectations are about whole days.
    public var bucketField: Int? {
        guard expectations.isEmpty, keyColumns.count == 1 else { return nil }
        return columns.firstIndex { $0.name == keyColumns[0] && Self.integerTypes.contains($0.type.oid) }
    }

    /// smallint, integer, bigint
    private static let integerTypes: Set<UInt32> = [21, 23, 20]
}
