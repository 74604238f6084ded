/// What is asked of a warehouse.
public struct Question: Sendable, Equatable, Encodable {
    /// Seconds that a night may take.
    public var windowSeconds: Double
    /// What a night loads.
    public var workload: Workload
    /// By how much a day's rows grow from month to month: 0.03 is 3 %.
    public var growth: Double
    /// Days that the warehouse keeps, for its storage.
    public var keptDays: Int
    /// Replicas that have to be added for it; those that are there cost nothing more.
    public var replicas: Int
    /// The class of a replica.
    public var replicaClass: String
    /// Whether the warehouse has a standby in another zone.
    public var isMultiAZ: Bool
    /// Dollars a month of what is there now; nil where nothing is compared.
    public var currentCost: Double?
    /// The classes that are looked at; none means all of the catalogue, the burstable ones excepted.
    public var classNames: [String]
    /// Whether burstable classes are looked at, too.
    public var allowsBurstable: Bool
    /// The share of a class's CPU, disk and network that is left to those who read the warehouse during the night; 0.5 is half.
    public var readerShare: Double

    /// A night of a workload within an hour, on any class.
    public init(_ workload: Workload) {
        windowSeconds = 3600
        self.workload = workload
        growth = 0.03
        keptDays = 365
        replicas = 0
        replicaClass = "db.r6g.large"
        isMultiAZ = false
        currentCost = nil
        classNames = []
        allowsBurstable = false
        readerShare = 0
    }

    /// Throws for numbers with which nothing can be computed.
    func check() throws(SizingError) {
        func refuse(_ what: String, _ hint: String) -> SizingError { SizingError(.invalidQuestion, what, hint: hint) }
        guard windowSeconds.isFinite, (1...1e7).contains(windowSeconds) else {
            throw refuse("the window is not between a second and some months", "such as 1h, 90m or 2700s")
        }
        guard (1...1_000_000).contains(workload.tenants), (1...1_000_000).contains(workload.days),
            (1...1_000_000_000_000).contains(workload.rowsPerDay)
        else { throw refuse("tenants, days and rows a day have to be above 0, and not beyond all measure", "such as 40, 2 and 20000") }
        guard growth.isFinite, (0...1).contains(growth) else {
            throw refuse("the growth is not between 0 % and 100 % a month", "such as 3%")
        }
        guard (1...100_000).contains(keptDays) else { throw refuse("the days that are kept are not between 1 and 100000", "such as 365") }
        guard (0...10_000).contains(replicas) else { throw refuse("the replicas are not between 0 and 10000", "such as 7") }
        guard readerShare.isFinite, (0...0.95).contains(readerShare) else {
            throw refuse("the share for readers is not between 0 % and 95 %", "such as 50%")
        }
        guard currentCost.map({ $0.isFinite && (0...1e9).contains($0) }) ?? true else {
            throw refuse("the current cost is no sum of money", "such as 8000, in dollars a month")
        }
    }

    /// The same question some months later, or at another volume.
    func scaled(by factor: Double) -> Question {
        var question = self
        question.workload.rowsPerDay = max(1, Int(min(Double(workload.rowsPerDay) * factor, 1e15)))
        return question
    }
}
