import CPostgres

extension Connection {
    /// Waits for a notification of a channel that the session listens to, for so long at most; false when none came.
    ///
    /// Several that came at once count as one (PostgreSQL manual, "NOTIFY": they tell that something happened, not how often).
    /// Throws `connectionLost`, and `CancellationError` when the task is cancelled.
    public func notification(within duration: Duration) async throws -> Bool {
        let deadline = ContinuousClock.now + duration
        while try !takeNotifications() {
            switch try await SocketReadiness.shared.wait(PQsocket(try pointer()), for: .read, until: deadline) {
            case .ready: guard PQconsumeInput(try pointer()) == 1 else { throw connectionError() }
            case .deadlinePassed: return false
            case .cancelled: throw CancellationError()
            }
        }
        return true
    }

    private func takeNotifications() throws -> Bool {
        var found = false
        while let notification = PQnotifies(try pointer()) {
            PQfreemem(notification)
            found = true
        }
        return found
    }
}
