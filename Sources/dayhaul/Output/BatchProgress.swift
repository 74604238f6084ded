import Synchronization

/// Says how far a command is that takes things away a few at a time: nothing in the first two seconds, then a line now
/// and then.
final class BatchProgress: Sendable {
    private let noun: String
    private let isQuiet: Bool
    private let next: Mutex<ContinuousClock.Instant>

    init(_ noun: String, isQuiet: Bool) {
        self.noun = noun
        self.isQuiet = isQuiet
        next = Mutex(.now + .seconds(2))
    }

    /// So many of all are gone.
    func note(_ gone: Int, of all: Int) {
        let isDue = next.withLock { next in
            guard ContinuousClock.now >= next else { return false }
            next = .now + .seconds(2)
            return true
        }
        guard isDue, !isQuiet else { return }
        StandardError.write("dropped \(Quantity.count(gone)) of \(Quantity.count(all)) \(noun)\n")
    }
}
