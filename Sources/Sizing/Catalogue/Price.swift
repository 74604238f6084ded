/// A price and how sure it is.
public struct Price: Sendable, Equatable, Codable {
    /// Where a price comes from.
    public enum Source: String, Sendable, Codable {
        /// Published by the provider.
        case list
        /// Computed from published ones, as a size from its neighbour.
        case derived
        /// Neither.
        case estimate
    }

    /// US dollars a unit.
    public var dollars: Double
    /// Where it comes from.
    public var source: Source

    /// A price and how sure it is.
    public init(_ dollars: Double, _ source: Source) {
        self.dollars = dollars
        self.source = source
    }
}
