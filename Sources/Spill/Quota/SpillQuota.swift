import Synchronization

/// The bytes that spill files may take on disk at once, in one process; the back-pressure between reading and loading.
///
/// A stream asks for room before it writes and waits, first come first served, until loaders have removed enough finished
/// files. Finished files count until ``SpillDirectory/remove(run:name:)``; unfinished ones until they are finished or discarded.
/// Hence whoever gives up loading a finished file removes it, or ends the streams that wait. What comes on top of the limit is each
/// file's header and footer, a few KiB.
public final class SpillQuota: Sendable {
    /// What is held at one moment.
    public struct Usage: Equatable, Sendable {
        /// The limit, in bytes.
        public let limit: Int
        /// Bytes on disk or reserved.
        public let used: Int
        /// Requests that wait for room.
        public let waiting: Int
    }

    private struct State {
        var ledger: QuotaLedger
        var lastWaiter: QuotaLedger.WaiterID = 0
        var continuations: [QuotaLedger.WaiterID: CheckedContinuation<Void, any Error>] = [:]

        /// Ends the waiting the actions speak of; to be resumed outside the lock.
        mutating func carryOut(_ actions: [QuotaLedger.Action]) -> [Outcome] {
            actions.compactMap { action in
                switch action {
                case .grant(let waiter):
                    continuations.removeValue(forKey: waiter).map { Outcome($0, .success(())) }
                case .refuse(let waiter, .cancelled):
                    continuations.removeValue(forKey: waiter).map { Outcome($0, .failure(CancellationError())) }
                case .refuse(let waiter, .exceedsAlone(let needed)):
                    continuations.removeValue(forKey: waiter).map { Outcome($0, .failure(SpillQuota.exceeded(needed, ledger.limit))) }
                case .refuse(let waiter, .contended):
                    continuations.removeValue(forKey: waiter).map { Outcome($0, .failure(SpillQuota.contended(ledger.limit))) }
                }
            }
        }
    }

    /// A request's end, to be told to its task.
    private struct Outcome {
        private let continuation: CheckedContinuation<Void, any Error>
        private let result: Result<Void, any Error>

        init(_ continuation: CheckedContinuation<Void, any Error>, _ result: Result<Void, any Error>) {
            self.continuation = continuation
            self.result = result
        }

        func resume() { continuation.resume(with: result) }
    }

    private let state: Mutex<State>

    /// A quota of `limit` bytes.
    public init(limit: Int) {
        state = Mutex(State(ledger: QuotaLedger(limit: limit)))
    }

    /// What is held now.
    public var usage: Usage {
        state.withLock { Usage(limit: $0.ledger.limit, used: $0.ledger.used, waiting: $0.ledger.waiting) }
    }

    /// Gives one stream its share of the quota for as long as `body` runs. The stream's writers must not outlive it; its finished
    /// files may.
    public func withShare<Value>(_ body: (SpillShare) async throws -> Value) async rethrows -> Value {
        let share = SpillShare(quota: self, id: state.withLock { $0.ledger.shareOpened() })
        defer { update { $0.shareClosed(share.id) } }
        return try await body(share)
    }

    /// Waits for room; see ``SpillShare/reserve(_:)``.
    func reserve(_ bytes: Int, by share: QuotaLedger.ShareID) async throws {
        let waiter = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcomes: [Outcome] = state.withLock { state in
                    // A cancellation from before this moment found no waiter; one from after it will.
                    if Task.isCancelled { return [Outcome(continuation, .failure(CancellationError()))] }
                    state.continuations[waiter] = continuation
                    return state.carryOut(state.ledger.requested(bytes, by: share, as: waiter))
                }
                outcomes.forEach { $0.resume() }
            }
        } onCancel: {
            update { $0.cancelled(waiter) }
        }
    }

    /// Tells the ledger what happened, and those who waited what follows from it.
    func update(_ event: (inout QuotaLedger) -> [QuotaLedger.Action]) {
        let outcomes = state.withLock { $0.carryOut(event(&$0.ledger)) }
        outcomes.forEach { $0.resume() }
    }

    private static func exceeded(_ needed: Int, _ limit: Int) -> SpillError {
        SpillError(
            code: .quotaExceeded, message: "one slice alone needs \(needed) bytes of spill, more than the quota of \(limit) bytes",
            hint: "raise the spill quota, or make slices of fewer days")
    }

    private static func contended(_ limit: Int) -> SpillError {
        SpillError(
            code: .quotaContended,
            message: "the spill quota of \(limit) bytes is held by unfinished slices that wait for one another",
            hint: "try again when they are done; raise the spill quota or lower the number of streams if it happens often")
    }
}
