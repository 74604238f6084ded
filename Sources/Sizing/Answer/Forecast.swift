/// What a law says of a class.
struct Forecast: Sendable {
    let model: Model
    let catalogue: Catalogue
    /// Cores of the machine that the program runs on.
    let clientCores: Int
    /// The share of a class that is left to readers.
    var readerShare = 0.0

    /// - Parameter streams: at once, at least 1.
    func times(_ law: Law, _ workload: Workload, on instance: InstanceClass, _ volume: Volume, streams: Int) -> NightTimes {
        let assumptions = catalogue.assumptions
        let speed = instance.generationFactor / assumptions.measuringCoreSpeed
        let own = 1 - readerShare
        let written = law.demand(.storage, workload) / own
        return NightTimes(
            cpu: law.demand(.warehouseCPU, workload) / (assumptions.cpuCeiling * Double(instance.vcpus) * speed * own),
            ebs: written / (instance.ebsMegabytesPerSecond * 1e6),
            gp3: written / (volume.mibPerSecond * 1_048_576),
            network: law.demand(.loaded, workload) * 8 / (instance.networkGigabitsPerSecond * 1e9 * own),
            client: law.demand(.clientCPU, workload) / Double(clientCores),
            streams: law.streamSeconds(workload, fsync: true, streams: streams) / speed,
            start: law.startSeconds / speed)
    }

    /// The most streams, and what keeps them from being more. Beyond some times those that were measured nothing is known.
    func mostStreams(on instance: InstanceClass) -> (count: Int, limit: Resource) {
        let measured = Int(min(Double(model.mostStreams) * catalogue.assumptions.largestStreamsOverMeasured, 512))
        // One session of a run holds its locks.
        let connections = instance.maxConnections - catalogue.assumptions.reservedConnections - 1
        let limits: [(count: Int, limit: Resource)] = [
            (measured, .streams), (instance.streamsInMemory, .memory), (connections, .connections),
        ]
        let least = limits.min { $0.count < $1.count } ?? (1, .streams)
        return (max(1, least.count), least.limit)
    }

    /// The fewest streams that are within a hundredth of the best.
    func streams(_ workload: Workload, on instance: InstanceClass, _ volume: Volume) -> Int {
        let most = mostStreams(on: instance).count
        let alone = times(model.law, workload, on: instance, volume, streams: 1)
        func window(_ streams: Int) -> Double {
            let useful = max(1, min(Double(streams), workload.tenantDays))
            var times = alone
            times.streams /= model.law.contention.speedup(useful)
            return times.total
        }
        let best = (1...most).map(window).min() ?? .infinity
        return (1...most).first { window($0) <= 1.01 * best } ?? 1
    }

    func binding(_ times: NightTimes, streams: Int, on instance: InstanceClass) -> Resource {
        let most = mostStreams(on: instance)
        return times.longest == .streams && streams >= most.count ? most.limit : times.longest
    }

    func window(_ workload: Workload, on instance: InstanceClass, _ volume: Volume, streams: Int) -> Prediction {
        model.interval { times($0, workload, on: instance, volume, streams: streams).total }
    }
}
