import Postgres

/// A login that holds an advisory lock of the engine and may not act as the engine: it is no run, and lets go when it likes.
///
/// Every login of a database can take every advisory lock: the functions need no privilege (PostgreSQL manual, "Advisory Lock
/// Functions"). `pg_stat_activity` shows everybody which process belongs to which login.
struct ForeignHolder {
    let process: Int
    /// Its name; its OID when the role was dropped meanwhile.
    let login: String

    /// Which of the locks with these keys such logins hold, as the keys' places in the order given, with who holds each.
    static func among(_ keys: [Int64], _ connection: Connection) async throws -> [Int: ForeignHolder] {
        let holders = try await connection.query(
            """
            SELECT k.place, a.pid, coalesce(a.usename, a.usesysid::text) AS login
            FROM unnest($1::bigint[]) WITH ORDINALITY AS k(key, place)
            JOIN pg_locks l ON (l.classid::bigint << 32) | l.objid::bigint = k.key
            JOIN pg_stat_activity a ON a.pid = l.pid AND a.datid = l.database
            WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND a.datname = current_database()
                AND NOT pg_has_role(a.usesysid, current_user, 'MEMBER')
            """, ["{" + keys.map(String.init).joined(separator: ",") + "}"]
        ).rows.map { row in
            (try row.value("place") as Int - 1, ForeignHolder(process: try row.value("pid"), login: try row.value("login")))
        }
        return Dictionary(holders) { first, _ in first }
    }

    /// The failure of what this login keeps from being done.
    func error(_ what: String) -> WarehouseError {
        WarehouseError(
            .lockTaken, "\(login) (process \(process)) holds the lock on \(what) and is no run of dayhaul",
            // The warehouse's owner is in general neither (PostgreSQL manual, "Server Signaling Functions").
            hint: "that login has to let go, or a member of \(login) or of pg_signal_backend ends its session: "
                + "SELECT pg_terminate_backend(\(process))")
    }
}
