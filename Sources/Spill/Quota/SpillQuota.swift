import Synchronization

/// The bytes that spill files may take on disk at once; the back-pressure between reading and loading.
///
/// A stream asks for room before it writes and waits, first come first served, until loaders have removed enough finished
/// files. Finished files count until ``SpillDirectory/remove(run:name:)``; unfinished ones until they are finished or discarded.
/// Hence whoever gives up loading a finished file removes it, or ends the streams that wait. What comes on top of the limit is each
/// file's header and footer, a few KiB.
///
/// Processes that have the same ``SpillDirectory`` open share the quota, each with the limit it was given: what one holds, and what
/// dead ones left on disk, is not there for the others. A process claims its part in steps of up to 16 MiB; a dead one's claim counts
/// for nothing. While several wait, none that can go on otherwise takes more than an equal share.
public final class SpillQuota: Sendable {
    /// What is held at one moment.
    public struct Usage: Equatable, Sendable {
        /// The limit, in bytes.
        public let limit: Int
        /// Bytes on disk or reserved, by this process.
        public let used: Int
        /// Bytes that this process keeps from the others: what it uses, and up to two steps more.
        public let claimed: Int
        /// Bytes that other processes claim and dead ones left, when they were looked at last.
        public let others: Int
        /// Requests that wait for room, of this process.
        public let waiting: Int
    }

    private let state: Mutex<QuotaState>
    /// How long, in moments of 75 ms, streams wait for other processes that give nothing back.
    private let patience: Int

    /// A quota of `limit` bytes.
    public convenience init(limit: Int) {
        // 15 to 30 seconds, so that of two processes that wait for each other one gives way before the other.
        self.init(limit: limit, patience: .random(in: 200...400))
    }

    init(limit: Int, patience: Int) {
        state = Mutex(QuotaState(ledger: QuotaLedger(limit: limit)))
        self.patience = patience
    }

    /// What is held now.
    public var usage: Usage {
        let ledger = ledger
        return Usage(
            limit: ledger.limit, used: ledger.used, claimed: ledger.claims?.bytes ?? ledger.used,
            others: ledger.claims?.others.bytes ?? 0, waiting: ledger.waiting)
    }

    /// The ledger as it stands; a copy.
    var ledger: QuotaLedger { state.withLock { $0.ledger } }

    /// Gives one stream its share of the quota for as long as `body` runs. The stream's writers must not outlive it; its finished
    /// files may.
    public func withShare<Value>(_ body: (SpillShare) async throws -> Value) async rethrows -> Value {
        let share = SpillShare(quota: self, id: state.withLock { $0.ledger.shareOpened() })
        defer { update { $0.shareClosed(share.id) } }
        return try await body(share)
    }

    /// Waits for room; see ``SpillShare/reserve(_:)``.
    func reserve(_ bytes: Int, by share: QuotaLedger.ShareID) async throws {
        try Task.checkCancellation()
        let (waiter, isShared, outcomes) = state.withLock { $0.request(bytes, by: share) }
        outcomes.forEach { $0.resume() }
        if let result = state.withLock({ $0.takeResult(of: waiter) }) { return try result.get() }
        if isShared {
            async let _: Void = tick(for: waiter)
            try await end(of: waiter)
        } else {
            try await end(of: waiter)
        }
    }

    /// Waits for the request's end.
    private func end(of waiter: QuotaLedger.WaiterID) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state in
                    let result = state.takeResult(of: waiter)
                    if result == nil { state.continuations[waiter] = continuation }
                    return result
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            update { $0.cancelled(waiter) }
        }
    }

    /// Has the ledger look at the other processes' claims again and again, until the task is cancelled. There is no way to be told.
    private func tick(for waiter: QuotaLedger.WaiterID) async {
        while (try? await Task.sleep(for: .milliseconds(.random(in: 50...100)))) != nil { update { $0.ticked(waiter) } }
    }

    /// Tells the ledger what happened, and those who waited what follows from it.
    func update(_ event: (inout QuotaLedger) -> [QuotaLedger.Action]) {
        let outcomes = state.withLock { $0.carryOut(event(&$0.ledger)) }
        outcomes.forEach { $0.resume() }
    }

    /// Shares the quota with all the processes that have the directory open.
    ///
    /// - Throws: ``SpillError/Code/directoryUnusable`` when the quota is another directory's already, or its file of claims unusable.
    func share(_ directory: borrowing Descriptor) throws(SpillError) {
        let table = try ClaimTable(directory)
        let outcomes = try state.withLock { (state) throws(SpillError) in try state.share(table, patience: patience) }
        outcomes.forEach { $0.resume() }
    }

    /// Runs `body` while no other process of the directory counts, takes over or removes what dead ones left.
    ///
    /// - Parameter body: gives its value, and how many bytes on disk it made this process's own. It must not use the quota.
    func exclusively<Value: Sendable>(
        _ body: () throws(SpillError) -> (Value, bytes: Int)
    ) throws(SpillError) -> Value {
        let (value, outcomes) = try state.withLock { (state) throws(SpillError) in try state.exclusively(body) }
        outcomes.forEach { $0.resume() }
        return value
    }
}
