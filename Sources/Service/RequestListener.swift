import Ingest
import Postgres
import Warehouse

/// Rings when a request comes in. Nothing depends on it: the queue is looked at from time to time all the same.
struct RequestListener {
    private let worker: Worker

    init(_ worker: Worker) { self.worker = worker }

    /// Listens until cancelled, or until it turns out that notifications do not arrive.
    func run() async {
        while !Task.isCancelled {
            do {
                guard try await listen() else { return worker.observer(.polling(every: worker.settings.poll)) }
            } catch {
                // The session was lost, which the other sessions tell of.
                try? await Task.sleep(for: worker.settings.poll)
            }
        }
    }

    /// False when notifications do not arrive: behind a pooler, which gives the session that listens to others, and when one of its own did
    /// not come back.
    private func listen() async throws -> Bool {
        try await worker.warehouse.withSession { session in
            guard !session.isPooled else { return false }
            try await session.query("LISTEN \(RequestQueue.channel)")
            try await session.query("SELECT pg_notify($1, '')", [RequestQueue.channel])
            guard try await session.notification(within: .seconds(5)) else { return false }
            while true {
                worker.bell.ring()
                // It may have been about the end of a request.
                worker.pulse.ring()
                // Asks now and then whether the session is still there: a connection that was cut in between says nothing.
                while try await !session.notification(within: .seconds(30)) { try await session.query("SELECT") }
            }
        }
    }
}
