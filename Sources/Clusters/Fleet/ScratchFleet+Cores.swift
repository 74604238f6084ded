internal import Glibc

extension ScratchFleet {
    /// Lets all processes of the servers, those that run and those to come, use only the first `cores` of the processors that this
    /// process could use when the fleet was opened; nil gives them all of those.
    ///
    /// A server that is started again has this process's. With `caller`, this process and all its threads follow.
    /// - Throws: ``ClusterError`` with code `invalidArgument` when there are not that many, or `notRunning`.
    public func restrict(toCores cores: Int?, caller: Bool = false) throws {
        let all = processors
        guard cores.map({ (1...all.numbers.count).contains($0) }) ?? true else {
            throw ClusterError(.invalidArgument, "this process may use 1 to \(all.numbers.count) cores, not \(cores ?? 0)")
        }
        let chosen = cores.map { ProcessorSet(numbers: Array(all.numbers.prefix($0))) } ?? all
        for member in members { try member.restrict(to: chosen) }
        // A thread that was started by one before its turn has the old ones: there are few, and they start none.
        if caller { for thread in Directory.names(in: "/proc/self/task").compactMap({ Int32($0) }) { try chosen.apply(to: thread) } }
    }
}
