/// What a night takes: the cost of each row and day on each resource, and how streams get in each other's way.
///
/// A run takes at least: one stream's time over what n streams do together; the CPU time over the cores; the bytes over the disk's
/// rate. Those are the asymptotic bounds of a closed queueing network (Lazowska et al., Quantitative System Performance, 1984, ch. 5), the
/// first of them with Gunther's contention. Near where two of them meet it takes longer than either, see ``together(_:)``. So cores and
/// disk, which another machine has others of, are kept apart from what streams take from each other, which stays.
struct Law: Sendable {
    /// What is asked of each resource.
    var demands: [Demand: CostLaw]
    /// Seconds of one stream alone; its `run` is added once and not divided.
    var single: CostLaw
    var contention: Contention
    /// The share of the measuring machine's cores that a run keeps busy when it is held back by nothing else; the rest is what nobody
    /// counts, and what waits for its turn.
    var utilization = 1.0
    /// Whether sources and client used the same cores as the warehouse.
    var sharesMachine: Bool

    func demand(_ demand: Demand, _ workload: Workload) -> Double { demands[demand]?(workload, fsync: true) ?? 0 }

    /// Seconds that streams take without a bound of a machine; no more streams than there are days to load are of use.
    func streamSeconds(_ workload: Workload, fsync: Bool, streams: Int) -> Double {
        let useful = max(1, min(Double(streams), workload.tenantDays))
        return (single(workload, fsync: fsync) - startSeconds) / contention.speedup(useful)
    }

    var startSeconds: Double { single.each[.run] ?? 0 }

    /// Seconds on the machine that was measured.
    func wall(_ configuration: Configuration) -> Double { wall(configuration, machineSeconds(configuration)) }

    func wall(_ configuration: Configuration, _ machine: MachineSeconds) -> Double {
        let streams = streamSeconds(configuration.workload, fsync: configuration.fsync, streams: configuration.streams)
        return startSeconds + Self.together([streams, machine.cpu / utilization, machine.disk])
    }

    /// The bounds of the measuring machine.
    struct MachineSeconds: Sendable {
        /// With all cores busy all of the time.
        let cpu: Double
        let disk: Double
    }

    func machineSeconds(_ configuration: Configuration) -> MachineSeconds {
        func amount(_ demand: Demand) -> Double { demands[demand]?(configuration.workload, fsync: configuration.fsync) ?? 0 }
        let busy = amount(.warehouseCPU) + (sharesMachine ? amount(.clientCPU) + amount(.sourceCPU) : 0)
        let disk = configuration.diskBytesPerSecond.map { amount(.storage) / Double($0) } ?? 0
        return MachineSeconds(cpu: busy / Double(configuration.cores), disk: disk)
    }

    /// Whether a run kept the cores nearly as busy as they can be: then it tells little of what streams take from each other.
    func fillsCores(_ observation: Observation) -> Bool { machineSeconds(observation.configuration).cpu > 0.7 * observation.wall }

    /// What bounds come to that hold at the same time: the longest of them, and up to a tenth more where two are alike, for then what
    /// waits for one keeps the other idle now and then. The norm of order 8, an interpolation between what is known on either side.
    static func together(_ seconds: [Double]) -> Double {
        let longest = seconds.max() ?? 0
        guard longest > 0, longest.isFinite else { return longest }
        let sum = seconds.reduce(0) { sum, next in
            let square = next / longest * (next / longest)
            return sum + square * square * square * square
        }
        return longest * sum.squareRoot().squareRoot().squareRoot()
    }
}
