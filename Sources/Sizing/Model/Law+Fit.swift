extension Law {
    /// Fits a law to configurations: the demands first, which do not depend on streams, then one stream's seconds with α and β, by least
    /// squares of the logarithms of measured over predicted walls. There are never more parameters than configurations less one.
    ///
    /// - Parameter alpha: α, to see how well a given one does; nil to fit it.
    /// - Returns: the law, and its sum of squares.
    static func fit(_ observations: [Observation], sharesMachine: Bool, alpha: Double? = nil) -> (law: Law, cost: Double) {
        let configurations = observations.map(\.configuration)
        var law = Law(demands: [:], single: CostLaw(), contention: Contention(alpha: 0, beta: 0), sharesMachine: sharesMachine)
        for demand in Demand.allCases {
            law.demands[demand] = CostLaw.fit(configurations, observations.map { $0.work[demand] ?? 0 })
        }
        let shape = Shape(configurations, fixedAlpha: alpha)
        let floors = configurations.map(law.machineSeconds)
        let starts = [0.05, 0, 0.3, 0.8].map { shape.start(observations, alpha: $0) }
        let solver = BoundedLeastSquares(bounds: shape.bounds)
        let found = solver.minimum(from: starts) { point in
            let candidate = shape.law(point, law)
            return observations.indices.map { index in
                let configuration = configurations[index]
                let streams = candidate.streamSeconds(
                    configuration.workload, fsync: configuration.fsync, streams: configuration.streams)
                return Sample.logRatio(candidate.startSeconds + max(streams, floors[index]), observations[index].wall)
            }
        }
        return (shape.law(found.point, law), found.cost)
    }

    /// Which parameters of the wall are fitted, and in what units.
    private struct Shape {
        let terms: [CostTerm]
        /// What a unit of a parameter of a term is: one over the term's mean amount.
        let units: [Double]
        let fitsAlpha: Bool
        let fitsBeta: Bool
        let fixedAlpha: Double?

        init(_ configurations: [Configuration], fixedAlpha: Double?) {
            let streams = Set(configurations.map { min(Double($0.streams), $0.workload.tenantDays) }).count
            let budget = max(1, configurations.count - 1)
            self.fixedAlpha = fixedAlpha
            fitsAlpha = fixedAlpha == nil && streams >= 2 && budget >= 2
            fitsBeta = streams >= 3 && budget >= 4
            let candidates: [CostTerm] = [.row, .day, .syncedDay, .byte] + (configurations.count >= 6 ? [.run] : [])
            terms = CostTerm.distinguishable(candidates, configurations, limit: budget - (fitsAlpha ? 1 : 0) - (fitsBeta ? 1 : 0))
            units = terms.map { term in
                let amounts = configurations.map { term.amount($0.workload, fsync: $0.fsync) }
                return Double(amounts.count) / max(amounts.reduce(0, +), 1e-12)
            }
        }

        /// Seconds an average configuration spends on each term, then α, then β.
        var bounds: [ClosedRange<Double>] {
            terms.map { _ in 0...1e15 } + (fitsAlpha ? [0...1] : []) + (fitsBeta ? [0...1] : [])
        }

        func law(_ point: [Double], _ base: Law) -> Law {
            var law = base
            for (index, term) in terms.enumerated() { law.single.each[term] = point[index] * units[index] }
            law.contention.alpha = fixedAlpha ?? (fitsAlpha ? point[terms.count] : 0)
            law.contention.beta = fitsBeta ? point[terms.count + (fitsAlpha ? 1 : 0)] : 0
            return law
        }

        /// The costs that α would mean if no machine were a bound.
        func start(_ observations: [Observation], alpha: Double) -> [Double] {
            let contention = Contention(alpha: fixedAlpha ?? alpha, beta: 0)
            let targets = observations.map { observation in
                let useful = max(1, min(Double(observation.configuration.streams), observation.configuration.workload.tenantDays))
                return observation.wall * contention.speedup(useful)
            }
            let rows = observations.map { observation in
                zip(terms, units).map { $0.amount(observation.configuration.workload, fsync: observation.configuration.fsync) * $1 }
            }
            let fit = NonNegativeFit(rows, targets, weights: targets.map { 1 / max($0, 1e-9) })
            return fit.coefficients + (fitsAlpha ? [alpha] : []) + (fitsBeta ? [1e-3] : [])
        }
    }
}
