/// A catalogue file as it may come: anything can be missing.
struct CatalogueDocument: Decodable {
    struct Class: Decodable {
        var name: String?
        var vcpus: Int?
        var memoryGib: Double?
        var hourly: Price?
        var ebsMbPerSecond: Double?
        var ebsIops: Double?
        var networkGbitPerSecond: Double?
        var generationFactor: Double?
        var note: String?
    }

    struct Storage: Decodable {
        var gibMonth: Price?
        var leastGib: Double?
        var stripedFromGib: Double?
        var small: StorageRules.Performance?
        var striped: StorageRules.Performance?
        var most: StorageRules.Performance?
        var mibPerSecondMonth: Price?
    }

    struct Transfer: Decodable {
        var gbEachWay: Price?
    }

    var name: String?
    var date: String?
    var hoursPerMonth: Double?
    var multiAzFactor: Double?
    var assumptions: Assumptions?
    var storage: Storage?
    var transfer: Transfer?
    var notes: [String]?
    var classes: [Class]?
}
