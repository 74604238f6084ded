public import PostgresBinary

/// Instance classes with their limits and prices, as of a day.
public struct Catalogue: Sendable, Equatable {
    /// Which provider, region and terms.
    public var name: String
    /// The day on which its prices and limits were looked up.
    public var date: CalendarDate
    /// Hours that a month is billed.
    public var hoursPerMonth: Double
    /// What Multi-AZ multiplies instance and storage by.
    public var multiAZFactor: Double
    /// What nobody has measured.
    public var assumptions: Assumptions
    /// The volumes.
    public var storage: StorageRules
    /// A GB between two zones, paid on both sides.
    public var transferGB: Price
    /// What its author says about it.
    public var notes: [String]
    /// At least one.
    public var classes: [InstanceClass]

    /// The classes of those names, in the catalogue's order; all where none is named.
    public func classes(named names: [String]) throws(SizingError) -> [InstanceClass] {
        for name in names where !classes.contains(where: { $0.name == name }) {
            throw SizingError(
                .unknownClass, "the catalogue has no class \(name)", hint: "it has \(classes.map(\.name).joined(separator: ", "))")
        }
        return names.isEmpty ? classes : classes.filter { names.contains($0.name) }
    }

    /// Days between its date and another.
    public func age(on day: CalendarDate) -> Int { day - date }
}
