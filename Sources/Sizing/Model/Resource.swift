/// What can bind a night: what takes longest, or keeps streams from being more.
public enum Resource: String, Sendable, CaseIterable, Encodable {
    /// The warehouse's vCPUs, at the share of them that they may be busy.
    case cpu
    /// The instance's baseline to EBS.
    case ebs
    /// The volume's throughput.
    case gp3
    /// The instance's network.
    case network
    /// The machine that the program runs on.
    case client
    /// One stream's way, over as many as are of use.
    case streams
    /// `streams`, of which memory holds no more.
    case memory
    /// `streams`, for which there are no more connections.
    case connections
}
