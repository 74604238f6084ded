import Ingest
import Postgres
import Warehouse

/// Renews a worker's leases at a third of their length, and when somebody rings, over a session of its own; hears what became of them.
struct Heartbeat {
    private let worker: Worker

    init(_ worker: Worker) { self.worker = worker }

    /// Beats until cancelled.
    func run() async {
        var session = ReopenedSession(worker.warehouse)
        // Leases that were not renewed for their whole length are another worker's, or may be.
        var renewed = ContinuousClock.now
        var cleaned: ContinuousClock.Instant?
        while !Task.isCancelled {
            do {
                let connection = try await session.open()
                let begin = ContinuousClock.now
                try await beat(connection)
                renewed = begin
                if cleaned.map({ begin - $0 > .seconds(600) }) ?? true {
                    while try await RequestQueue.removeOld(connection) == 1000 {}
                    cleaned = begin
                }
            } catch {
                if ContinuousClock.now - renewed > worker.settings.lease { worker.book.stopAll(.leaseLost) }
            }
            // Requests that come in by the thousand do not make it beat as often.
            try? await Task.sleep(for: .milliseconds(250))
            await worker.pulse.wait(atMost: worker.settings.lease / 3)
        }
    }

    private func beat(_ connection: Connection) async throws {
        try await worker.register(connection)
        let leases = worker.book.leases
        let renewals = try await RequestQueue.renew(leases, for: worker.settings.lease, connection)
        for lease in leases {
            switch renewals[lease] {
            case .held: break
            case .cancelled: worker.book.stop(lease, .cancelled)
            // One that was given up meanwhile is not in the book any more.
            case nil: worker.book.stop(lease, .leaseLost)
            }
        }
        let lost = try await WorkerRegister.lost(connection)
        guard !lost.isEmpty else { return }
        let fenced = try await worker.warehouse.endSessions(named: lost)
        try await WorkerRegister.remove(lost, connection)
        if fenced > 0 {
            worker.observer(.fenced(sessions: fenced))
            worker.bell.ring()
        }
    }
}
