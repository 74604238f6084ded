import Glibc

/// What is said of a few numbers.
enum Sample {
    /// The middle one, or the mean of the two in the middle; nil of none.
    static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// The root of the mean square; 0 of none.
    static func rootMeanSquare(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    }

    /// ln(a / b), where both are kept from 0.
    static func logRatio(_ a: Double, _ b: Double) -> Double { log(max(a, 1e-12)) - log(max(b, 1e-12)) }

    /// e to that power, where a power beyond all use is kept from infinity.
    static func exponential(_ power: Double) -> Double { exp(min(max(power, -600), 600)) }
}
