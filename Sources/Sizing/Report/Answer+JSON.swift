public import FoundationEssentials

extension Answer {
    private struct Document: Encodable {
        struct Law: Encodable {
            let alpha: Double
            let beta: Double
            let knee: Double?
            /// The share of the measuring machine's cores that can be kept busy.
            let utilization: Double
            /// α of the least and the largest that fit about as well.
            let alphaLow: Double?
            let alphaHigh: Double?
        }

        struct Curve: Encodable {
            let lambda: Double
            let alpha: Double
            let beta: Double
            let knee: Double?
            let points: [ScalingCurve.Point]
        }

        struct Backtested: Encodable {
            let medianError: Double
            let covered: Double
            let heldOut: [Backtest.HeldOut]
        }

        struct Catalogued: Encodable {
            let name: String
            let date: String
            let ageDays: Int
            let assumptions: Assumptions
        }

        let question: Question
        let catalogue: Catalogued
        let classes: [ClassAnswer]
        let cheapest: String?
        let nextUp: String?
        let saving: Double?
        let growth: [Growth]
        let stages: [StageCost]
        let contention: Law
        let scaling: Curve?
        let backtest: Backtested?
        let nullEnds: NullEnds
        let notes: [String]
        let measurements: Measurements
    }

    /// One document, keys in snake case: the classes, the back-test, what they come from, and every repetition.
    public func json() throws(SizingError) -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(document)
        } catch {
            throw SizingError(.implausible, "a predicted figure is beyond what JSON holds", hint: "measure again: some figure is far off")
        }
    }

    private var document: Document {
        let contention = model.law.contention
        let alphas = model.plausibleAlpha
        return Document(
            question: question,
            catalogue: .init(name: catalogue.name, date: "\(catalogue.date)", ageDays: catalogueAge, assumptions: catalogue.assumptions),
            classes: classes, cheapest: cheapest?.name, nextUp: nextUp?.name, saving: saving, growth: growth, stages: model.stages,
            contention: .init(
                alpha: contention.alpha, beta: contention.beta, knee: contention.knee, utilization: model.law.utilization,
                alphaLow: alphas.lowerBound,
                alphaHigh: alphas.upperBound),
            scaling: model.curve.map {
                .init(
                    lambda: $0.lambda, alpha: $0.contention.alpha, beta: $0.contention.beta, knee: $0.contention.knee, points: $0.points)
            },
            backtest: backtest.map { .init(medianError: $0.medianError, covered: $0.covered, heldOut: $0.heldOut) }, nullEnds: nullEnds,
            notes: notes, measurements: measurements)
    }
}
