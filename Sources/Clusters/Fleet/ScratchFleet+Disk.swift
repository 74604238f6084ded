extension ScratchFleet {
    /// Whether this machine lets ``throttle(writes:)`` bound what the warehouse writes: this process is root, cgroup v1's `blkio` is mounted
    /// and the directory is on a disk. False without a warehouse.
    public var canThrottle: Bool { warehouse != nil && WriteThrottle(below: directory) != nil }

    /// Lets the warehouse's server write at most so many bytes a second to its disk, like a smaller volume would; nil takes the bound away.
    /// A server that is started again has none.
    ///
    /// - Throws: ``ClusterError`` with code `invalidArgument` where that cannot be done or is not above zero, `notRunning`, or `system`.
    public func throttle(writes bytesPerSecond: Int?) throws {
        guard let warehouse, let throttle = WriteThrottle(below: directory) else {
            throw ClusterError(
                .invalidArgument, "what the servers in \(directory) write cannot be bounded here",
                hint: "it takes root, cgroup v1 with blkio, and a directory on a disk")
        }
        guard bytesPerSecond.map({ $0 > 0 }) ?? true else {
            throw ClusterError(.invalidArgument, "a disk writes more than no byte a second")
        }
        try throttle.apply(bytesPerSecond, to: warehouse)
    }
}
