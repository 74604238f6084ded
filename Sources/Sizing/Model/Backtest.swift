/// Predictions of configurations by laws that were fitted without them (cross-validation: Stone, J. R. Statist. Soc. B 36, 1974).
public struct Backtest: Sendable {
    /// A configuration that was held out.
    public struct HeldOut: Sendable, Encodable {
        /// Which one.
        public let configuration: String
        /// Seconds, the median repetition.
        public let measured: Double
        /// Seconds, with the interval that the errors of the others give.
        public let predicted: Prediction
        /// Predicted over measured, less 1.
        public let error: Double
        /// Whether the measured value lies in the interval.
        public let covered: Bool
    }

    /// No error is taken for smaller: repetitions on one machine agree better than two machines do.
    static let leastSpread = 0.02

    /// One a configuration.
    public let heldOut: [HeldOut]
    /// Half the width of a 95 % interval, as a difference of logarithms.
    let halfWidth: Double?

    /// The median of the errors' sizes.
    public var medianError: Double { Sample.median(heldOut.map { abs($0.error) }) ?? 0 }
    /// The share of the held-out configurations whose interval holds what was measured.
    public var covered: Double { Double(heldOut.count { $0.covered }) / Double(max(1, heldOut.count)) }

    /// - Parameter refits: laws fitted without the observation of the same index.
    init(_ observations: [Observation], _ refits: [Law]) {
        let predictions = zip(observations, refits).map { $1.wall($0.configuration) }
        let errors = zip(observations, predictions).map { Sample.logRatio($0.wall, $1) }
        halfWidth = Self.halfWidth(errors)
        heldOut = observations.indices.map { index in
            var others = errors
            others.remove(at: index)
            let width = Self.halfWidth(others)
            let value = predictions[index]
            let interval = Prediction(
                value: value, low: width.map { value * Sample.exponential(-$0) }, high: width.map { value * Sample.exponential($0) })
            return HeldOut(
                configuration: observations[index].configuration.name, measured: observations[index].wall, predicted: interval,
                error: value / observations[index].wall - 1, covered: width.map { abs(errors[index]) <= $0 } ?? false)
        }
    }

    /// Student's quantile times the root mean square of the errors, for one more of them (Jain 1991, ch. 14).
    private static func halfWidth(_ errors: [Double]) -> Double? {
        guard let quantile = StudentT.quantile(degreesOfFreedom: errors.count - 1) else { return nil }
        let spread = max(Sample.rootMeanSquare(errors), leastSpread)
        return quantile * spread * (1 + 1 / Double(errors.count)).squareRoot()
    }
}
