/// How much is loaded.
public struct Workload: Sendable, Hashable, Codable {
    /// Tenants.
    public var tenants: Int
    /// Days of each tenant.
    public var days: Int
    /// Rows of each of those days.
    public var rowsPerDay: Int
    /// Bytes of a row as COPY BINARY sends it to the warehouse, on average.
    public var rowBytes: Int

    /// How much is loaded.
    public init(tenants: Int, days: Int, rowsPerDay: Int, rowBytes: Int) {
        self.tenants = tenants
        self.days = days
        self.rowsPerDay = rowsPerDay
        self.rowBytes = rowBytes
    }

    /// Days of all tenants together.
    public var tenantDays: Double { Double(tenants) * Double(days) }
    /// Rows of all days of all tenants.
    public var rows: Double { tenantDays * Double(rowsPerDay) }
    /// Bytes of all rows.
    public var bytes: Double { rows * Double(rowBytes) }
}
