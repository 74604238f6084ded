/// A cost as the sum of what each row, day, byte and run adds.
struct CostLaw: Sendable {
    /// What each unit of a term costs, in seconds or bytes.
    var each: [CostTerm: Double] = [:]
    /// How far off they may be; nil where too few configurations leave that unknown.
    private var uncertainty: Uncertainty?

    private struct Uncertainty: Sendable {
        let terms: [CostTerm]
        /// Of the terms' costs.
        let covariance: [[Double]]
        /// Student's t for 95 %.
        let quantile: Double
    }

    /// What so much of each term costs together.
    func cost(of amounts: [CostTerm: Double]) -> Double { sum { amounts[$0] ?? 0 } }

    /// Half the width of the 95 % interval of that (Jain, The Art of Computer Systems Performance Analysis, 1991, ch. 14 and 15); nil where
    /// it is unknown, or nothing of it costs anything.
    func halfWidth(of amounts: [CostTerm: Double]) -> Double? {
        guard let uncertainty, cost(of: amounts) > 0 else { return nil }
        let direction = uncertainty.terms.map { amounts[$0] ?? 0 }
        let spread = LinearSystem.product(uncertainty.covariance, direction)
        let variance = zip(direction, spread).reduce(0) { $0 + $1.0 * $1.1 }
        return uncertainty.quantile * max(0, variance).squareRoot()
    }

    func callAsFunction(_ workload: Workload, fsync: Bool) -> Double { sum { $0.amount(workload, fsync: fsync) } }

    /// In the terms' order: a dictionary's own is another in every process, and so would the last digits be.
    private func sum(_ amount: (CostTerm) -> Double) -> Double {
        CostTerm.allCases.reduce(0) { sum, term in each[term].map { sum + $0 * amount(term) } ?? sum }
    }

    /// Fits amounts, one a configuration, so that relative errors are least.
    static func fit(_ configurations: [Configuration], _ amounts: [Double]) -> CostLaw {
        let terms = CostTerm.distinguishable([.row, .day, .byte, .syncedDay], configurations, limit: max(1, configurations.count - 1))
        let mean = amounts.reduce(0, +) / Double(max(1, amounts.count))
        guard mean > 0 else { return CostLaw() }
        let rows = configurations.map { configuration in
            terms.map { $0.amount(configuration.workload, fsync: configuration.fsync) }
        }
        let fit = NonNegativeFit(rows, amounts, weights: amounts.map { 1 / max($0, 0.01 * mean) })
        var law = CostLaw()
        for (index, term) in terms.enumerated() {
            law.each[term] = fit.coefficients[index]
        }
        law.uncertainty = StudentT.quantile(degreesOfFreedom: fit.degreesOfFreedom).map {
            Uncertainty(terms: terms, covariance: fit.covariance, quantile: $0)
        }
        return law
    }
}
