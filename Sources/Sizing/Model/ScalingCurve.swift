/// Throughput over streams as it was measured, and the Universal Scalability Law fitted to it. It describes the measuring machine, its
/// cores included; what it says about a class goes through ``Law``, which keeps the cores apart.
struct ScalingCurve: Sendable {
    struct Point: Sendable, Encodable {
        let streams: Int
        /// Rows a second: of the median repetition, and of the law.
        let measured: Double
        let fitted: Double
    }

    /// λ, rows a second of one stream.
    let lambda: Double
    let contention: Contention
    let points: [Point]
    /// What was loaded.
    let configuration: Configuration

    func throughput(_ streams: Double) -> Double { lambda * contention.speedup(streams) }

    /// Of the largest group of configurations that differ in streams alone; nil where none has three.
    init?(_ observations: [Observation]) {
        func common(_ observation: Observation) -> Configuration {
            var configuration = observation.configuration
            configuration.streams = 1
            return configuration
        }
        var groups: [[Observation]] = []
        for observation in observations {
            if let index = groups.firstIndex(where: { common($0[0]) == common(observation) }) {
                groups[index].append(observation)
            } else {
                groups.append([observation])
            }
        }
        let longest = groups.max { a, b in (a.count, a[0].configuration.workload.rows) < (b.count, b[0].configuration.workload.rows) }
        guard let group = longest?.sorted(by: { $0.configuration.streams < $1.configuration.streams }), group.count >= 3 else { return nil }
        self.init(of: group)
    }

    private init(of group: [Observation]) {
        let streams = group.map { Double($0.configuration.streams) }
        let measured = group.map { $0.configuration.workload.rows / $0.wall }
        let scale = zip(measured, streams).map { $0 / $1 }.max() ?? 1
        let solver = BoundedLeastSquares(bounds: [1e-3...1e3, 0...1, 0...1])
        let fit = solver.minimum(from: [[1, 0.05, 0.001], [1, 0.3, 0.01], [1.2, 0.9, 0.05], [1, 0, 0]]) { x in
            let law = Contention(alpha: x[1], beta: x[2])
            return zip(streams, measured).map { Sample.logRatio(x[0] * scale * law.speedup($0), $1) }
        }
        lambda = fit.point[0] * scale
        contention = Contention(alpha: fit.point[1], beta: fit.point[2])
        configuration = group[0].configuration
        let law = (lambda, contention)
        points = group.enumerated().map { index, observation in
            Point(
                streams: observation.configuration.streams, measured: measured[index],
                fitted: law.0 * law.1.speedup(streams[index]))
        }
    }
}
