public import Postgres
public import Stages

extension Connection {
    /// Runs what a session in the warehouse does for a stage; a span of it where somebody measures. With `sinceStart`, what its process used
    /// before is part of that.
    public func inWarehouse<Result>(_ stage: Stage, sinceStart: Bool = false, _ body: () async throws -> Result) async throws -> Result {
        guard let meter = StageMeter.current else { return try await body() }
        let session = StageMeter.Session(.warehouse, processID: backendPID)
        meter.begin(stage, in: session, wal: meter.countsWAL ? try await endOfWAL() : nil, sinceStart: sinceStart)
        do {
            let result = try await body()
            meter.end(in: session, wal: meter.countsWAL ? try await endOfWAL() : nil)
            return result
        } catch {
            meter.end(in: session)
            throw error
        }
    }

    private func endOfWAL() async throws -> Int {
        try await query("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint").scalar.flatMap { Int($0) } ?? 0
    }
}
