/// All that is drawn from measurements before a class is looked at.
struct Model: Sendable {
    /// One a configuration that has a repetition that counts.
    let observations: [Observation]
    let law: Law
    /// The law fitted without each of the observations, in their order; empty of one or two.
    let refits: [Law]
    /// Laws with other α that fit about as well.
    let plausible: [Law]
    /// nil where no configuration can be held out.
    let backtest: Backtest?
    let curve: ScalingCurve?
    let stages: [StageCost]

    init(_ measurements: Measurements) {
        let sharesMachine = measurements.provenance.sharesMachine
        let observations = measurements.configurations.compactMap(Observation.init)
        let fit = Law.fit(observations, sharesMachine: sharesMachine)
        self.observations = observations
        law = fit.law
        guard observations.count >= 3 else {
            (refits, plausible, backtest) = ([], [], nil)
            curve = ScalingCurve(observations)
            stages = StageCost.all(measurements)
            return
        }
        let refits = observations.indices.map { index in
            var others = observations
            others.remove(at: index)
            return Law.fit(others, sharesMachine: sharesMachine).law
        }
        self.refits = refits
        plausible = Self.plausible(observations, fit)
        backtest = Backtest(observations, refits)
        curve = ScalingCurve(observations)
        stages = StageCost.all(measurements)
    }

    /// α is unknown where a machine binds at every number of streams. Those whose sum of squares, with β and without, is no larger than the
    /// least one by t² times the residual variance are plausible (the likelihood's profile; Bates and Watts, Nonlinear Regression Analysis,
    /// 1988, ch. 6).
    private static func plausible(_ observations: [Observation], _ best: Law.Fit) -> [Law] {
        guard Set(observations.map(\.configuration.streams)).count >= 2 else { return [] }
        let freedom = max(1, best.degreesOfFreedom)
        let variance = max(best.cost / Double(freedom), Backtest.leastSpread * Backtest.leastSpread)
        let quantile = StudentT.quantile(degreesOfFreedom: freedom) ?? 2
        return [0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1].flatMap { alpha in
            [false, true].map { best.law.fitWall(observations, alpha: alpha, fitsBeta: $0) }
        }.filter { $0.cost <= best.cost + quantile * quantile * variance }.map(\.law)
    }

    /// What a law says, from its least to its largest plausible value: over all refits, each with the error that held-out configurations had.
    func interval(_ value: (Law) -> Double) -> Prediction {
        let middle = value(law)
        guard let backtest, let spread = backtest.halfWidth else { return Prediction(value: middle, low: nil, high: nil) }
        let all = [middle] + (refits + plausible).map(value)
        return Prediction(
            value: middle, low: (all.min() ?? middle) * Sample.exponential(-spread),
            high: (all.max() ?? middle) * Sample.exponential(spread))
    }

    /// The least and the largest α that fit about as well.
    var plausibleAlpha: ClosedRange<Double> {
        let all = ([law] + plausible).map(\.contention.alpha)
        return (all.min() ?? 0)...(all.max() ?? 0)
    }

    /// Streams of the configuration that had most.
    var mostStreams: Int { observations.map(\.configuration.streams).max() ?? 1 }
}
