import Postgres
import PostgresBinary
import Warehouse

/// Rows that a warehouse has of tenants' days.
struct KnownRows: Sendable {
    /// All reports' rows of a day together, by tenant.
    let rows: [String: [CalendarDate: Int]]

    static func read(of tenants: [Tenant], _ reports: [String], _ session: Connection) async throws -> KnownRows {
        let known = try await Ledger.rows(schemas: tenants.map(\.schema), reports: reports, session)
        return KnownRows(rows: Dictionary(tenants.map { ($0.name, known[$0.schema] ?? [:]) }, uniquingKeysWith: { first, _ in first }))
    }

    /// The newest days that there are: `count` of them, or as many as make about `rows` rows, at most 31. Throws `nothingToLoad`.
    func newest(_ count: Int?, rows: Int) throws(BenchError) -> ClosedRange<CalendarDate> {
        let sums = self.rows.values.reduce(into: [CalendarDate: Int]()) { $0.merge($1, uniquingKeysWith: +) }
        guard let last = sums.filter({ $0.value > 0 }).keys.max() else {
            throw BenchError(
                .nothingToLoad, "the warehouse has no days of these tenants yet, so their size is not known",
                hint:
                    "dayhaul ingest a few days first, or measure synthetic tenants: dayhaul bench --tenants 7 --rows-per-day 5000 --days 14"
            )
        }
        if let count { return (last - (count - 1))...last }
        var (first, sum) = (last, sums[last] ?? 0)
        while sum < rows, last.daysSince2000 - first.daysSince2000 < 30, let more = sums[first - 1] {
            first = first - 1
            sum += more
        }
        return first...last
    }

    /// Loads of the same tenants that differ in days, in tenants, and in rows a day where tenants do.
    func others(than base: Load) -> [Load] {
        var loads: [Load] = []
        if base.dayCount > 1 { loads.append(base.newest(base.dayCount / 2, "half of the days")) }
        let bySize = base.tenants.sorted { size($0, base) < size($1, base) }
        guard bySize.count > 1 else { return loads }
        let half = bySize.count / 2
        loads.append(base.only(bySize.prefix(half), "the smaller half of the tenants"))
        if let small = bySize.first, let large = bySize.last, Double(size(large, base)) > 1.5 * Double(size(small, base)) {
            loads.append(base.only(bySize.suffix(half), "the larger half of the tenants"))
        }
        return loads
    }

    private func size(_ tenant: String, _ load: Load) -> Int {
        rows[tenant]?.reduce(0) { load.days.contains($1.key) ? $0 + $1.value : $0 } ?? 0
    }
}
