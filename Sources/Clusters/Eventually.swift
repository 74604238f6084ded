/// Waits until `condition` holds, asking again at growing intervals of 5 to 100 ms.
///
/// - Parameter what: what is waited for, for the error.
/// - Throws: ``ClusterError`` with code `timedOut`; what `condition` throws; `CancellationError`.
public func eventually(_ what: String, within deadline: Duration, _ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + deadline
    var pause = Duration.milliseconds(5)
    while try await !condition() {
        guard ContinuousClock.now < end else { throw ClusterError(.timedOut, "waited \(deadline) in vain for \(what)") }
        try await Task.sleep(for: pause)
        pause = min(pause * 1.5, .milliseconds(100))
    }
}
