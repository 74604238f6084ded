import Postgres

/// The right to work on a request, for as long as it is renewed.
public struct Lease: Hashable, Sendable {
    /// `_wh.queue.id`
    public let request: Int64
    /// Made by the claim; the next claim makes another, and this one is worth nothing from then on.
    let token: String

    /// Keeps others from claiming the request until the transaction ends. Throws `leaseLost`.
    ///
    /// FOR KEY SHARE lets the lease be renewed meanwhile, which changes no key, and not be claimed, which locks FOR UPDATE (PostgreSQL
    /// manual, "Row-Level Locks").
    func hold(_ connection: Connection) async throws {
        let held = try await connection.query(
            "SELECT FROM _wh.queue WHERE id = $1 AND lease_token = $2 FOR KEY SHARE", [String(request), token])
        guard held.affectedRows == 1 else { throw lost }
    }

    /// Notes a day as published, in the transaction that publishes it: both are there, or neither. One that is published again, because the
    /// answer to the first COMMIT was lost, counts once. Throws `leaseLost`.
    func note(_ day: String, rows: Int, _ connection: Connection) async throws {
        let noted = try await connection.query(
            """
            UPDATE _wh.queue SET remaining = remaining - datemultirange(daterange($3, $3::date + 1)),
                days_done = days_done + (remaining @> $3::date)::integer, rows = rows + CASE WHEN remaining @> $3::date THEN $4::bigint ELSE 0 END
            WHERE id = $1 AND lease_token = $2
            """, [String(request), token, day, String(rows)])
        guard noted.affectedRows == 1 else { throw lost }
    }

    var lost: WarehouseError {
        WarehouseError(
            .leaseLost, "another worker has taken request \(request) over",
            hint: "this one was not heard of for longer than its lease; what it had under way is undone")
    }
}
