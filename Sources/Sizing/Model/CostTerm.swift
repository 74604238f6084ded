/// What a cost grows with.
enum CostTerm: Int, Sendable, CaseIterable {
    /// Rows.
    case row
    /// Days of tenants.
    case day
    /// Days of tenants whose commits wait for the disk.
    case syncedDay
    /// Bytes of rows.
    case byte
    /// Each run.
    case run

    func amount(_ workload: Workload, fsync: Bool) -> Double {
        switch self {
        case .row: workload.rows
        case .day: workload.tenantDays
        case .syncedDay: fsync ? workload.tenantDays : 0
        case .byte: workload.bytes
        case .run: 1
        }
    }

    /// The terms that observations can tell apart, in the order of this list and never more than `limit`: a term whose column is nearly a
    /// combination of those before it (less than 5 % of its length is its own, by Gram and Schmidt) is left out.
    static func distinguishable(
        _ terms: [CostTerm], _ configurations: [Configuration], limit: Int
    ) -> [CostTerm] {
        var accepted: [(term: CostTerm, direction: [Double])] = []
        for term in terms where accepted.count < limit {
            // Divided by rows: what counts is how the mix differs, not how large the loads are.
            var column = configurations.map { term.amount($0.workload, fsync: $0.fsync) / $0.workload.rows }
            let length = norm(column)
            guard length > 0 else { continue }
            for (_, direction) in accepted {
                let share = zip(column, direction).reduce(0) { $0 + $1.0 * $1.1 }
                column = zip(column, direction).map { $0 - share * $1 }
            }
            let own = norm(column)
            if own > 0.05 * length { accepted.append((term, column.map { $0 / own })) }
        }
        return accepted.map(\.term)
    }

    private static func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
