extension Law {
    /// A law and how well it fits.
    struct Fit: Sendable {
        let law: Law
        /// The sum of squares of the logarithms of measured over predicted walls.
        let cost: Double
        /// Observations less parameters of the wall.
        let degreesOfFreedom: Int
    }

    /// Fits a law to configurations: the demands first, which do not depend on streams, then one stream's seconds, contention and how
    /// far the cores can be kept busy, by least squares of the logarithms of measured over predicted walls. β is 0 unless it makes the
    /// sum of squares less by more than chance does (Student's t at 95 %). There are never more parameters than configurations less one.
    static func fit(_ observations: [Observation], sharesMachine: Bool) -> Fit {
        let law = demands(observations, sharesMachine: sharesMachine)
        let plain = law.fitWall(observations, fitsBeta: false)
        let full = law.fitWall(observations, fitsBeta: true)
        let quantile = StudentT.quantile(degreesOfFreedom: full.degreesOfFreedom) ?? .infinity
        let gain = (plain.cost - full.cost) * Double(max(1, full.degreesOfFreedom))
        return gain > quantile * quantile * full.cost ? full : plain
    }

    /// A law of which nothing but the demands is known.
    private static func demands(_ observations: [Observation], sharesMachine: Bool) -> Law {
        let configurations = observations.map(\.configuration)
        var law = Law(demands: [:], single: CostLaw(), contention: Contention(alpha: 0, beta: 0), sharesMachine: sharesMachine)
        for demand in Demand.allCases {
            law.demands[demand] = CostLaw.fit(configurations, observations.map { $0.work[demand] ?? 0 })
        }
        return law
    }

    /// This law's demands with other seconds of streams, fitted.
    ///
    /// - Parameters:
    ///   - alpha: α, to see how well a given one does; nil to fit it.
    ///   - fitsBeta: false holds β at 0.
    func fitWall(_ observations: [Observation], alpha: Double? = nil, fitsBeta: Bool) -> Fit {
        let configurations = observations.map(\.configuration)
        let machine = configurations.map(machineSeconds)
        // Only where the cores are full can be seen how full they get.
        let shape = Shape(
            configurations, fixedAlpha: alpha, fitsBeta: fitsBeta, fitsUtilization: observations.contains(where: fillsCores))
        let starts = (alpha.map { [$0] } ?? [0.05, 0, 0.3, 0.8]).map { shape.start(observations, alpha: $0) }
        let solver = BoundedLeastSquares(bounds: shape.bounds)
        let found = solver.minimum(from: starts) { point in
            let candidate = shape.law(point, self)
            return observations.indices.map {
                Sample.logRatio(candidate.wall(configurations[$0], machine[$0]), observations[$0].wall)
            }
        }
        return Fit(
            law: shape.law(found.point, self), cost: found.cost, degreesOfFreedom: observations.count - shape.bounds.count)
    }

    /// Which parameters of the wall are fitted, and in what units.
    private struct Shape {
        let terms: [CostTerm]
        /// What a unit of a parameter of a term is: one over the term's mean amount.
        let units: [Double]
        let fitsAlpha: Bool
        let fitsBeta: Bool
        let fitsUtilization: Bool
        let fixedAlpha: Double?

        init(_ configurations: [Configuration], fixedAlpha: Double?, fitsBeta: Bool, fitsUtilization: Bool) {
            let streams = Set(configurations.map { min(Double($0.streams), $0.workload.tenantDays) }).count
            let budget = max(1, configurations.count - 1)
            self.fixedAlpha = fixedAlpha
            fitsAlpha = fixedAlpha == nil && streams >= 2 && budget >= 2
            self.fitsBeta = fitsBeta && streams >= 3 && budget >= 4
            self.fitsUtilization = fitsUtilization && budget >= 5
            let candidates: [CostTerm] = [.row, .day, .syncedDay, .byte] + (configurations.count >= 6 ? [.run] : [])
            terms = CostTerm.distinguishable(
                candidates, configurations, limit: budget - [fitsAlpha, self.fitsBeta, self.fitsUtilization].count { $0 })
            units = terms.map { term in
                let amounts = configurations.map { term.amount($0.workload, fsync: $0.fsync) }
                return Double(amounts.count) / max(amounts.reduce(0, +), 1e-12)
            }
        }

        /// Seconds an average configuration spends on each term, then α, β and the share of the cores.
        var bounds: [ClosedRange<Double>] {
            terms.map { _ in 0...1e15 } + (fitsAlpha ? [0...1] : []) + (fitsBeta ? [0...1] : []) + (fitsUtilization ? [0.5...1] : [])
        }

        func law(_ point: [Double], _ base: Law) -> Law {
            var law = base
            law.single = CostLaw()
            for (index, term) in terms.enumerated() { law.single.each[term] = point[index] * units[index] }
            var rest = point[terms.count...]
            law.contention.alpha = fixedAlpha ?? (fitsAlpha ? rest.removeFirst() : 0)
            law.contention.beta = fitsBeta ? rest.removeFirst() : 0
            if fitsUtilization { law.utilization = rest.removeFirst() }
            return law
        }

        /// The costs that α would mean if no machine were a bound.
        func start(_ observations: [Observation], alpha: Double) -> [Double] {
            let contention = Contention(alpha: alpha, beta: 0)
            let targets = observations.map { observation in
                let useful = max(1, min(Double(observation.configuration.streams), observation.configuration.workload.tenantDays))
                return observation.wall * contention.speedup(useful)
            }
            let rows = observations.map { observation in
                zip(terms, units).map { $0.amount(observation.configuration.workload, fsync: observation.configuration.fsync) * $1 }
            }
            let fit = NonNegativeFit(rows, targets, weights: targets.map { 1 / max($0, 1e-9) })
            return fit.coefficients + (fitsAlpha ? [alpha] : []) + (fitsBeta ? [1e-3] : []) + (fitsUtilization ? [0.9] : [])
        }
    }
}
