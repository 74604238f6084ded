/// A predicted amount and the interval that it is expected in, at 95 %.
public struct Prediction: Sendable, Equatable, Encodable {
    /// What the law says.
    public var value: Double
    /// Nil where too little was measured for an interval.
    public var low: Double?
    /// Nil where too little was measured for an interval.
    public var high: Double?

    private enum CodingKeys: String, CodingKey { case value, low, high }

    /// The keys are there even where there is no interval.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(value, forKey: .value)
        try container.encode(low, forKey: .low)
        try container.encode(high, forKey: .high)
    }
}
