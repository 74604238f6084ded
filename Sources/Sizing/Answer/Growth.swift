/// How a class fares as the rows of a day grow.
public struct Growth: Sendable, Encodable {
    /// A month from now.
    public struct Point: Sendable, Encodable {
        /// From 0.
        public let month: Int
        /// How long a night takes then.
        public let windowSeconds: Prediction
    }

    /// The class.
    public let name: String
    /// The first month in which it no longer passes; nil where that is beyond ten years.
    public let outgrownInMonth: Int?
    /// A few months until a while after that.
    public let points: [Point]

    static let horizon = 120

    /// Of several classes over the same months.
    static func all(_ instances: [InstanceClass], _ advisor: Advisor) -> [Growth] {
        let months = instances.map { outgrown($0, advisor) }
        let last = min(60, max(12, months.compactMap { $0 }.max().map { $0 * 5 / 4 } ?? 24))
        return zip(instances, months).map { instance, month in
            let points = stride(from: 0, through: last, by: max(1, last / 12)).map {
                Point(month: $0, windowSeconds: choice(instance, $0, advisor).window)
            }
            return Growth(name: instance.name, outgrownInMonth: month, points: points)
        }
    }

    private static func outgrown(_ instance: InstanceClass, _ advisor: Advisor) -> Int? {
        advisor.question.growth > 0 ? (1...horizon).first { choice(instance, $0, advisor).verdict != .pass } : nil
    }

    private static func choice(_ instance: InstanceClass, _ month: Int, _ advisor: Advisor) -> Advisor.Choice {
        advisor.choice(instance, advisor.question.scaled(by: factor(advisor.question.growth, month)))
    }

    private static func factor(_ growth: Double, _ month: Int) -> Double {
        (0..<month).reduce(1.0) { factor, _ in factor * (1 + growth) }
    }
}
