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
    ///   the last to come; `CancellationError` when the task is cancelled.
    public func reserve(_ content: Int) async throws {
        try await quota.reserve(content, by: id)
    }
}
