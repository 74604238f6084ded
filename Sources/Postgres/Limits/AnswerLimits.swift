/// What the answers of a server may take. A tenant's server is somebody else's machine: whatever it sends, memory and time have a bound.
public struct AnswerLimits: Sendable, Equatable {
    /// Bytes of all that answers a statement, a COPY excepted: these are for control, and of a few rows.
    public var answerBytes = 4 << 20
    /// Bytes of a row of a COPY, and of whatever else comes without a row in between.
    public var rowBytes = 64 << 20
    /// How long a COPY may go on, however fast its rows come.
    public var copyTime = Duration.seconds(6 * 3600)

    /// 4 MiB, 64 MiB, 6 hours.
    public init() {}
}
