import Synchronization

/// A moment that one task notes and another reads.
final class Moment: Sendable {
    private let value = Mutex<ContinuousClock.Instant?>(nil)

    var noted: ContinuousClock.Instant? { value.withLock { $0 } }

    func note() { value.withLock { $0 = .now } }
}
