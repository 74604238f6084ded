/// Whether enough was measured, and what should be measured besides.
struct Advice {
    /// At least so many configurations, each with at least so many repetitions.
    static let least = 3

    /// Between values of α that are further apart, eight streams do twice as much or half as much.
    private static let wideAlpha = 0.25

    let isEnough: Bool
    let notes: [String]

    /// - Parameter catalogueAge: in days.
    init(_ measurements: Measurements, _ model: Model, _ question: Question, catalogueAge: Int) {
        let repeated = model.observations.count { $0.repetitions >= Self.least }
        isEnough = repeated >= Self.least
        var notes: [String] = []
        if !isEnough {
            let unit = repeated == 1 ? "configuration has" : "configurations have"
            notes.append(
                "UNCERTAIN: \(repeated) \(unit) 3 repetitions, and 3 are needed: run dayhaul bench with 1, 2 and 4 streams, 3 times each")
        }
        let configurations = model.observations.map(\.configuration)
        let alpha = model.plausibleAlpha
        if Set(configurations.map(\.streams)).count < 3 {
            notes.append("fewer than 3 numbers of streams: contention is hardly known")
        } else if alpha.upperBound - alpha.lowerBound > Self.wideAlpha {
            let reason =
                model.observations.contains(where: model.law.fillsCores) ? "its cores were full" : "its repetitions differ too much"
            notes.append("how streams scale on more cores than were measured is hardly known: \(reason)")
        }
        if Set(configurations.map(\.workload.rowsPerDay)).count < 2 {
            notes.append("one number of rows a day: the cost of a day is not told from that of its rows")
        }
        if !configurations.contains(where: \.fsync) { notes.append("measured with fsync off: what a commit waits for is not in it") }
        let largest = configurations.map(\.workload.rows).max() ?? 1
        if question.workload.rows > 10 * largest {
            notes.append("the night has \(Figure.count(question.workload.rows / largest)) times the rows of the largest that was measured")
        }
        if let error = model.backtest?.medianError, error > 0.2 {
            notes.append("the back-test misses by \(Figure.percent(error)) in the median: measure more configurations")
        }
        if catalogueAge > 180 { notes.append("the catalogue is older than half a year: look its prices up again") }
        if !measurements.configurations.flatMap(\.counted).flatMap(\.stages).contains(where: { ($0.warehouse?.bytesWritten ?? 0) > 0 }) {
            notes.append("the warehouse's writes were not seen: they are taken to be its WAL and what it stored")
        }
        let dropped = measurements.configurations.flatMap(\.repetitions).count { $0.parity == .differs }
        if dropped > 0 { notes.append("\(dropped) repetitions left out: their rows were not the sources'") }
        if model.stages.contains(where: \.isEstimated) { notes.append("some CPU time is estimated from sampled activity") }
        let ends = NullEnds(measurements)
        if ends.clientBinds == true { notes.append("the client binds: neither a null source nor a null sink makes a run faster") }
        if ends.clientBinds == nil { notes.append("no null source or no null sink: that the client does not bind is not shown") }
        self.notes = notes
    }
}
