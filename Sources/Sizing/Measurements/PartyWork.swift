/// What a stage took of one party: the client, the source or the warehouse.
public struct PartyWork: Sendable, Equatable, Codable {
    /// User and system seconds of its processes.
    public var cpuSeconds: Double
    /// Whether the seconds are active sessions sampled over time, as where a server's processes cannot be seen.
    public var cpuIsEstimated: Bool
    /// Bytes that its storage delivered to read(2), the page cache's included.
    public var bytesRead: Int
    /// Bytes that its storage has to take until a checkpoint after the repetition has ended, WAL included.
    public var bytesWritten: Int
    /// Bytes that came from the other parties.
    public var bytesReceived: Int
    /// Bytes sent to the other parties.
    public var bytesSent: Int

    /// What a stage took of a party.
    public init(
        cpuSeconds: Double, cpuIsEstimated: Bool = false, bytesRead: Int = 0, bytesWritten: Int = 0, bytesReceived: Int = 0,
        bytesSent: Int = 0
    ) {
        self.cpuSeconds = cpuSeconds
        self.cpuIsEstimated = cpuIsEstimated
        self.bytesRead = bytesRead
        self.bytesWritten = bytesWritten
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
    }
}
