import Postgres
import Stages

/// Estimates the CPU time of sessions whose processes cannot be seen: how often they are active and wait for nothing, at looks taken
/// over time. What waits for a lock or a disk says so in `wait_event` (PostgreSQL manual, "The Cumulative Statistics System"); what waits for a
/// core of its machine does not, and is counted.
struct ActivitySampler: Sendable {
    /// Between two looks.
    static let interval = Duration.milliseconds(20)

    let parameters: ConnectionParameters
    let server: StageMeter.Session.Server

    /// Looks until it is cancelled, and gives `meter` what it saw.
    func run(_ meter: StageMeter) async throws {
        try await Connection.with(parameters) { connection in
            var last = ContinuousClock.now
            while !Task.isCancelled {
                try await Task.sleep(for: Self.interval)
                let underWay = meter.stagesUnderWay.filter { $0.key.server == server }
                let active = try await active(underWay.keys.map(\.processID), connection)
                let now = ContinuousClock.now
                for (session, stage) in underWay where active.contains(session.processID) {
                    var count = StageMeter.Count()
                    count[server].cpuSeconds = (now - last) / .seconds(1)
                    meter.add(count, to: StageMeter.Work(stage))
                }
                last = now
            }
        }
    }

    private func active(_ processes: [Int32], _ connection: Connection) async throws -> Set<Int32> {
        guard !processes.isEmpty else { return [] }
        let list = "{" + processes.map(String.init).joined(separator: ",") + "}"
        let rows = try await connection.query(
            "SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1::int[]) AND state = 'active' AND wait_event IS NULL", [list])
        return Set(rows.values.compactMap { $0.first.flatMap { $0 }.flatMap { Int32($0) } })
    }
}
