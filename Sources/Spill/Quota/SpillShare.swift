/// One stream's share of a ``SpillQuota``: what the stream has reserved and what its unfinished files take.
public final class SpillShare: Sendable {
    let quota: SpillQuota
    let id: QuotaLedger.ShareID

    init(quota: SpillQuota, id: QuotaLedger.ShareID) {
        self.quota = quota
        self.id = id
    }

    /// Reserves room for `content` bytes that this stream's writers are about to be given, in any of its files; compression gives
    /// part of it back as soon as they are written. Waits while the quota is full.
    ///
    /// - Throws: ``SpillError`` with ``SpillError/Code/quotaExceeded`` at once when this stream's unfinished files alone would pass
    ///   the limit, with ``SpillError/Code/quotaContended`` when everything held belongs to streams that wait as well and this was
    ///   the last to come: at once when no other process holds anything, otherwise after 15 to 30 seconds in which none gave anything
    ///   back, and after 5 to 10 minutes when this process holds nothing; with the system's error when nothing can be claimed;
    ///   `CancellationError` when the task is cancelled.
    public func reserve(_ content: Int) async throws {
        try await quota.reserve(content, by: id)
    }
}
