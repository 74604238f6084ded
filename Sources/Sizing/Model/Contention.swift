/// What streams take from each other, by the Universal Scalability Law: n streams do n / (1 + α(n − 1) + βn(n − 1)) times what one does
/// (Gunther, Guerrilla Capacity Planning, 2007, ch. 4 to 6).
public struct Contention: Sendable, Equatable {
    /// α, the share of a stream's work that no two do at once; 0 to 1.
    public var alpha: Double
    /// β, what each pair of streams costs to keep in agreement; 0 to 1.
    public var beta: Double

    /// What streams take from each other.
    public init(alpha: Double, beta: Double) {
        self.alpha = alpha
        self.beta = beta
    }

    /// How many times what one stream does.
    public func speedup(_ streams: Double) -> Double {
        streams / (1 + alpha * (streams - 1) + beta * streams * (streams - 1))
    }

    /// √((1 − α) / β), the streams beyond which more of them do less; nil where there is no such number.
    public var knee: Double? {
        guard beta > 1e-9 else { return nil }
        return max(1, (max(0, 1 - alpha) / beta).squareRoot())
    }
}
