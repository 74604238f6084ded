/// Seconds of a night that each resource would take if it were the only one; the night takes the longest of them, somewhat more where
/// two are alike (``Law/together(_:)``), and what a run takes to start.
public struct NightTimes: Sendable, Equatable, Encodable {
    /// The warehouse's CPU at its ceiling.
    public var cpu: Double
    /// The instance's way to EBS.
    public var ebs: Double
    /// The volume.
    public var gp3: Double
    /// The instance's network.
    public var network: Double
    /// The CPU of the machine that the program runs on, taken to be the one that was measured.
    public var client: Double
    /// The streams, by what they take from each other.
    public var streams: Double
    /// What each run takes before the first row.
    public var start: Double

    /// The whole night. A byte goes through the instance's way and into the volume, and the slower of them is the rate of both.
    public var total: Double { start + Law.together([cpu, max(ebs, gp3), network, client, streams]) }

    /// What takes longest.
    public var longest: Resource {
        let all: [(Resource, Double)] = [
            (.cpu, cpu), (.ebs, ebs), (.gp3, gp3), (.network, network), (.client, client), (.streams, streams),
        ]
        return all.max { $0.1 < $1.1 }?.0 ?? .cpu
    }
}
