import Postgres
import SQLText

/// How many locks a transaction of the engine takes at most. A server has room for `max_locks_per_transaction` times its
/// sessions of them, some 7,700 as PostgreSQL is delivered, which all its sessions share; a table takes one, and so does
/// each of its indexes (PostgreSQL manual, "Lock Management").
struct LockBudget {
    /// What a transaction may take, at least one.
    let locks: Int

    /// A tenth of what the server has room for, and 600 where it has room for many: several transactions at once fit,
    /// and none of them holds up readers for long.
    init(_ connection: Connection) async throws {
        let row = try await connection.query("SELECT \(Self.setting) AS setting, \(Self.sessions) AS sessions").rows.first
        let (setting, sessions): (Int, Int) = (try row?.value("setting") ?? 0, try row?.value("sessions") ?? 0)
        locks = max(1, min(600, setting * sessions / 10))
    }

    private static let setting = "current_setting('max_locks_per_transaction')::bigint"
    /// The sessions and prepared transactions for each of which the server has room for `setting` locks.
    private static let sessions = """
        (SELECT sum(setting::bigint) FROM pg_settings WHERE name IN ('max_connections', 'max_prepared_transactions',
            'autovacuum_max_workers', 'max_worker_processes', 'max_wal_senders'))
        """

    /// Runs of items that together take no more locks than a transaction may; one that takes more by itself is a run of
    /// its own.
    func batches<Item>(of items: [Item], locks cost: (Item) -> Int) -> [[Item]] {
        var batches: [[Item]] = []
        var taken = 0
        for item in items {
            let cost = cost(item)
            if batches.isEmpty || taken + cost > locks {
                batches.append([])
                taken = 0
            }
            batches[batches.count - 1].append(item)
            taken += cost
        }
        return batches
    }

    /// An expression for the locks that dropping a table takes: its own, those of its indexes, and of what it keeps
    /// long values in.
    static func toDrop(_ oid: String) -> String {
        "(4 + (SELECT count(*) FROM pg_index WHERE indrelid = \(oid)))"
    }

    /// Adding a column to a parent locks all its partitions in one statement: PostgreSQL knows no other way. Throws
    /// `tooManyLocks`, before anything is changed, where the server has no room for that.
    static func check(addingColumnsTo table: String, in schema: String, _ connection: Connection) async throws {
        let row = try await connection.query(
            """
            SELECT count(*) AS tables, count(*) + 2 * count(*) FILTER (WHERE c.reltoastrelid = 0) AS locks,
                \(setting) AS setting, \(sessions) AS sessions
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1)
            """, [SQL.identifier(schema, table)]
        ).rows.first
        guard let row else { return }
        let (locks, setting, sessions): (Int, Int, Int) = (
            try row.value("locks"), try row.value("setting"), try row.value("sessions")
        )
        // The other sessions need some as well.
        guard locks > setting * sessions / 10 * 9 else { return }
        let tables: Int = try row.value("tables")
        throw WarehouseError(
            .tooManyLocks,
            "a new column of \(schema).\(table) locks its \(counted(tables, "table")) at once, \(locks.grouped) locks, and the server has room for "
                + (setting * sessions).grouped,
            hint:
                "set max_locks_per_transaction = \(max(2 * setting, (2 * locks + sessions - 1) / max(sessions, 1))) on the warehouse's server and restart it"
        )
    }
}
