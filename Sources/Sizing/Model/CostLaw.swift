/// A cost as the sum of what each row, day, byte and run adds.
struct CostLaw: Sendable {
    /// What each unit of a term costs, in seconds or bytes.
    var each: [CostTerm: Double] = [:]
    /// Half the widths of the 95 % intervals of `each`, by Student's t (Jain, The Art of Computer Systems Performance Analysis, 1991,
    /// ch. 14 and 15); without those that too few configurations leave unknown.
    var halfWidths: [CostTerm: Double] = [:]

    func callAsFunction(_ workload: Workload, fsync: Bool) -> Double {
        // In the terms' order: a dictionary's own is another in every process, and so would the last digits be.
        CostTerm.allCases.reduce(0) { sum, term in each[term].map { sum + $0 * term.amount(workload, fsync: fsync) } ?? sum }
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
            if let quantile = StudentT.quantile(degreesOfFreedom: fit.degreesOfFreedom), fit.coefficients[index] > 0 {
                law.halfWidths[term] = quantile * fit.standardErrors[index]
            }
        }
        return law
    }
}
