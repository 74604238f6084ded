/// The medians of a configuration's repetitions.
struct Observation: Sendable {
    let configuration: Configuration
    /// How many repetitions are behind it.
    let repetitions: Int
    /// Seconds.
    let wall: Double
    /// Seconds, bytes.
    let work: [Demand: Double]

    /// Nil where no repetition counts.
    init?(_ group: ConfigurationMeasurements) {
        let counted = group.counted
        guard let wall = Sample.median(counted.map(\.wallSeconds)) else { return nil }
        configuration = group.configuration
        repetitions = counted.count
        self.wall = wall
        var work: [Demand: Double] = [:]
        for demand in Demand.allCases { work[demand] = Sample.median(counted.map { demand.amount($0, group.configuration) }) ?? 0 }
        self.work = work
    }
}
