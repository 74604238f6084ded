public import Stages

/// What a stage costs, over all parties.
public struct StageCost: Sendable, Encodable {
    /// Which stage.
    public let stage: Stage
    /// CPU seconds of a million rows, with half the width of its 95 % interval where there is one.
    public let cpuSecondsPerMillionRows: Double
    /// Half the width of its 95 % interval.
    public let cpuSecondsPerMillionRowsPlusMinus: Double?
    /// CPU seconds of a day of a tenant, beside its rows.
    public let cpuSecondsPerDay: Double
    /// Half the width of its 95 % interval.
    public let cpuSecondsPerDayPlusMinus: Double?
    /// Bytes that the warehouse's storage takes for a row, on average.
    public let bytesWrittenPerRow: Double
    /// Of them WAL.
    public let walBytesPerRow: Double
    /// The stage's part of all stages' seconds.
    public let shareOfWall: Double
    /// Whether some of the CPU time is estimated.
    public let isEstimated: Bool

    /// The stages that were measured, in the order of a row's way.
    static func all(_ measurements: Measurements) -> [StageCost] {
        let groups = measurements.configurations.filter { !$0.counted.isEmpty }
        let stages = groups.flatMap { $0.counted.flatMap(\.stages) }
        let wall = stages.reduce(0) { $0 + $1.wallSeconds }
        return Stage.allCases.compactMap { stage in
            let own = stages.filter { $0.stage == stage }
            guard !own.isEmpty else { return nil }
            return StageCost(stage, groups, own, wall: wall)
        }
    }

    private init(_ stage: Stage, _ groups: [ConfigurationMeasurements], _ own: [StageFigures], wall: Double) {
        let law = CostLaw.fit(
            groups.map(\.configuration),
            groups.map { group in
                Sample.median(
                    group.counted.map { repetition in
                        repetition.stages.filter { $0.stage == stage }.flatMap(\.parties).reduce(0) { $0 + $1.cpuSeconds }
                    }) ?? 0
            })
        let width = Sample.median(groups.map { Double($0.configuration.workload.rowBytes) }) ?? 0
        let rows = max(1, groups.reduce(0) { $0 + $1.configuration.workload.rows * Double($1.counted.count) })
        self.stage = stage
        let (millionRows, day): ([CostTerm: Double], [CostTerm: Double]) = ([.row: 1e6, .byte: 1e6 * width], [.day: 1, .syncedDay: 1])
        cpuSecondsPerMillionRows = law.cost(of: millionRows)
        cpuSecondsPerMillionRowsPlusMinus = law.halfWidth(of: millionRows)
        cpuSecondsPerDay = law.cost(of: day)
        cpuSecondsPerDayPlusMinus = law.halfWidth(of: day)
        bytesWrittenPerRow = own.reduce(0) { $0 + Double($1.warehouse?.bytesWritten ?? 0) } / rows
        walBytesPerRow = own.reduce(0) { $0 + Double($1.walBytes) } / rows
        shareOfWall = wall > 0 ? own.reduce(0) { $0 + $1.wallSeconds } / wall : 0
        isEstimated = own.contains { $0.parties.contains(where: \.cpuIsEstimated) }
    }
}
