/// A five-character SQLSTATE and what the engine makes of it.
///
/// Codes: PostgreSQL 15 manual, Appendix A "PostgreSQL Error Codes".
public struct SQLState: Hashable, Sendable, CustomStringConvertible {
    /// Five characters, digits or capital letters.
    public let code: String

    /// Nil unless `code` is five ASCII digits or capital letters.
    public init?(_ code: some StringProtocol) {
        let valid = code.utf8.count == 5 && code.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) }
        guard valid else { return nil }
        self.code = String(code)
    }

    /// The five characters.
    public var description: String { code }

    private var errorClass: Substring { code.prefix(2) }

    /// Whether the same statement can succeed later with nothing changed by a person: lost connections, conflicts with recovery,
    /// deadlocks, lock timeouts, resources that ran short, and servers that stop, start or fail over.
    public var isTransient: Bool {
        switch code {
        case "25006",  // read_only_sql_transaction: the server behind this name is in recovery, as after a failover
            "25P03",  // idle_in_transaction_session_timeout
            "55006", "55P03",  // object_in_use, lock_not_available
            "57P01", "57P02", "57P03", "57P05":  // admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout
            true
        default:
            // connection exceptions, transaction rollback (serialization, deadlock), insufficient resources, system errors
            ["08", "40", "53", "58"].contains(errorClass)
        }
    }

    /// What a person can do about it, for codes where that is known.
    var hint: String? {
        switch code {
        case "28P01", "28000": "check the user name, the password and pg_hba.conf on the server"
        case "22001", "22003", "22P02": "a value does not fit the type that the report declares: convert or shorten it in the query"
        case "3D000": "check the database name"
        case "42501": "grant the missing privilege to this user on the server"
        case "42P01": "check that the table exists there and that the user's search_path finds it"
        case "42703": "check that the column exists there; the source's schema may have changed"
        case "40001": "on a hot standby, raise max_standby_streaming_delay or set hot_standby_feedback = on"
        case "53300": "raise max_connections there or lower the engine's limits"
        case "57014": "raise statement_timeout for this role or read fewer days at once"
        case "53100": "free disk space on that server"
        case "55P03": "another session holds the lock; it will be tried again"
        default: nil
        }
    }
}
