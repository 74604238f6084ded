/// A gp3 volume.
public struct Volume: Sendable, Equatable, Encodable {
    /// Its size.
    public var gib: Double
    /// 2^20 bytes a second that it does.
    public var mibPerSecond: Double
    /// Of them those that are bought beside the size.
    public var boughtMibPerSecond: Double

    /// Volumes that are large enough, the cheapest first: that size; where it is small, one that is striped; one with as much throughput as
    /// the class can use.
    static func choices(holding gib: Double, for instance: InstanceClass, _ rules: StorageRules) -> [Volume] {
        let size = max(rules.leastGiB, gib.rounded(.up))
        let included = size < rules.stripedFromGiB ? rules.small : rules.striped
        var choices = [Volume(gib: size, mibPerSecond: included.mibPerSecond, boughtMibPerSecond: 0)]
        if size < rules.stripedFromGiB {
            choices.append(Volume(gib: rules.stripedFromGiB, mibPerSecond: rules.striped.mibPerSecond, boughtMibPerSecond: 0))
        }
        let useful = min((instance.ebsMegabytesPerSecond * 1e6 / 1_048_576).rounded(.up), rules.most.mibPerSecond)
        if useful > rules.striped.mibPerSecond {
            choices.append(
                Volume(
                    gib: max(size, rules.stripedFromGiB), mibPerSecond: useful, boughtMibPerSecond: useful - rules.striped.mibPerSecond))
        }
        return choices
    }
}
