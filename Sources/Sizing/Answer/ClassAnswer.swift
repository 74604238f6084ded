/// What is said of one class.
public struct ClassAnswer: Sendable, Encodable {
    /// As `db.r6g.large`.
    public let name: String
    /// Whether it does the night within the window.
    public let verdict: Verdict
    /// How long the night takes.
    public let windowSeconds: Prediction
    /// What takes longest.
    public let binds: Resource
    /// Streams at once that the prediction is for: the fewest that are about as fast as any.
    public let streams: Int
    /// Seconds that each resource would take by itself.
    public let seconds: NightTimes
    /// The volume that it is priced with.
    public let volume: Volume
    /// What a month costs.
    public let monthlyCost: MonthlyCost
    /// Where the instance's price comes from.
    public let priceSource: Price.Source
    /// The share of a replica's CPU that extraction takes, on average over the night.
    public let replicaShare: Double
    /// At twice the rows a day.
    public let atTwiceTheVolume: Outlook
    /// What else there is to know before it is chosen.
    public let note: String?

    /// A window and what is said of it.
    public struct Outlook: Sendable, Encodable {
        /// Whether it does the night within the window.
        public let verdict: Verdict
        /// How long the night takes.
        public let windowSeconds: Prediction
        /// What takes longest.
        public let binds: Resource
    }
}
