import Postgres

extension Connection {
    /// Runs `body` in a transaction that waits two seconds at most for a lock that others hold, and tries again for
    /// half a minute: whoever comes meanwhile and wants to read waits no longer than that. Throws the last refusal.
    func whenUnlocked<Result>(_ body: () async throws -> Result) async throws -> Result {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            do {
                return try await transaction {
                    try await query("SET LOCAL lock_timeout = '2s'")
                    return try await body()
                }
            } catch let error as PostgresError
                where ["55P03", "40P01"].contains(error.sqlstate?.code) && ContinuousClock.now < deadline
            {
                // Those who wait behind the refused lock get it now.
                try await Task.sleep(for: .milliseconds(Int.random(in: 100...500)))
            }
        }
    }
}
