import PostgresBinary

/// Some tenants' rows of some days: what a repetition loads.
struct Load: Sendable, Hashable {
    /// What is special about it, for people, as `half of the days`.
    let label: String
    /// Names of tenants.
    let tenants: [String]
    /// From the first day to the last.
    let days: ClosedRange<CalendarDate>

    /// How many days.
    var dayCount: Int { days.lowerBound.distance(to: days.upperBound) + 1 }

    /// The last `count` of its days, and at least one.
    func newest(_ count: Int, _ label: String) -> Load {
        let last = days.upperBound
        return Load(label: label, tenants: tenants, days: (last - (max(1, min(count, dayCount)) - 1))...last)
    }

    /// The same days of some of its tenants.
    func only(_ tenants: some Sequence<String>, _ label: String) -> Load { Load(label: label, tenants: Array(tenants), days: days) }
}
