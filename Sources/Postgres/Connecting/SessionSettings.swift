/// What every session is told once it is connected, so that no server, database or role default decides how a value reads.
public struct SessionSettings: Sendable {
    /// The zone in which days begin and in which `timestamp` and `timestamptz` meet.
    public var timeZone = "UTC"
    /// Sources are only ever read: every transaction is READ ONLY unless this is false.
    public var isReadOnly = false
    /// Server-side limit on one statement; zero is none, whatever the role's default says.
    public var statementTimeout: Duration = .zero
    /// Longest wait for a lock; zero is none.
    public var lockTimeout: Duration = .zero
    /// Schemas searched; nil leaves the server's choice, which a tenant's templates rely on.
    public var searchPath: String?
    /// How often a server looks, during a statement, whether this process is still there; nil leaves it to find out when it has something to
    /// send. Servers before 14 cannot.
    public var clientCheckInterval: Duration?
    /// What the session calls itself in `pg_stat_activity`; nil leaves what the connection string says.
    public var applicationName: String?
    /// Role to act as; nil stays with the one that logged in.
    public var role: String?

    /// UTC, read and write, no timeouts.
    public init() {}

    /// Setting → value in the order in which they are made, for a server of `version` as libpq numbers it.
    func parameters(version: Int) -> [(name: String, value: String)] {
        var parameters = [
            ("TimeZone", timeZone), ("DateStyle", "ISO, YMD"), ("IntervalStyle", "postgres"), ("extra_float_digits", "1"),
            ("bytea_output", "hex"), ("standard_conforming_strings", "on"), ("xmloption", "content"),
            ("default_transaction_read_only", isReadOnly ? "on" : "off"), ("statement_timeout", milliseconds(statementTimeout)),
            ("lock_timeout", milliseconds(lockTimeout)), ("idle_in_transaction_session_timeout", "0"),
        ]
        if version >= 140_000 {
            parameters.append(("idle_session_timeout", "0"))
            if let clientCheckInterval { parameters.append(("client_connection_check_interval", milliseconds(clientCheckInterval))) }
        }
        if let applicationName { parameters.append(("application_name", applicationName)) }
        if let searchPath { parameters.append(("search_path", searchPath)) }
        if let role { parameters.append(("role", role)) }
        return parameters
    }

    private func milliseconds(_ duration: Duration) -> String {
        // Zero means no limit, so a part of a millisecond counts as one.
        let parts = duration.components
        return String(parts.seconds * 1000 + (parts.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
