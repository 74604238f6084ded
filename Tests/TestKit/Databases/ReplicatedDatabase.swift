/// A database on the shared primary, and the same database as its hot standby shows it.
public struct ReplicatedDatabase: Sendable {
    /// Where to write.
    public let primary: TestDatabase
    /// Where to read; a little later than the primary.
    public let standby: TestDatabase

    /// Waits until the standby shows everything committed on the primary by now.
    public func replay() async throws {
        try await standby.cluster.waitForReplay(of: primary.cluster)
    }
}
