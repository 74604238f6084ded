/// What went wrong with a local cluster, and what to do about it.
///
/// `message` and `hint` are lower case without a full stop and hold neither passwords nor row data: of a server's answer only
/// its message lines are kept, never `DETAIL`, `CONTEXT` or `STATEMENT`.
public struct ClusterError: Error, Sendable, Hashable {
    /// The kind of failure, stable enough to switch on.
    public enum Code: String, Sendable, Hashable {
        /// The PostgreSQL programs are not installed, or not all of them.
        case programsNotFound
        /// No operating system account that may run PostgreSQL.
        case accountNotFound
        /// A directory is missing, occupied, or closed to the server's account.
        case directoryUnusable
        /// A directory that no cluster was created in; it is never removed.
        case directoryNotOurs
        /// Another process listens on the port.
        case portInUse
        /// A PostgreSQL program exited with a failure.
        case programFailed
        /// The server did not come up; the message ends with the last lines of its log.
        case startFailed
        /// The server refused a statement or a connection.
        case sqlFailed
        /// The cluster is stopped.
        case notRunning
        /// A deadline passed.
        case timedOut
        /// Another process works on the same fleet.
        case busy
        /// A file system has too little room for what is asked.
        case noSpace
        /// An argument is outside its range.
        case invalidArgument
        /// A system call failed.
        case system
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in one line or a few.
    public let message: String
    /// What to do next, if anything is known to help.
    public let hint: String?
    /// The server's SQLSTATE, for ``Code/sqlFailed`` where it sent one.
    public let sqlstate: String?

    /// An error of this module.
    public init(_ code: Code, _ message: String, hint: String? = nil, sqlstate: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.sqlstate = sqlstate
    }

    /// Whether a standby ended the session because it stood in the way of replay, which can be while it connects: then psql tells no SQLSTATE
    /// (PostgreSQL manual, "Handling Query Conflicts").
    var isRecoveryConflict: Bool { code == .sqlFailed && message.contains("due to conflict with recovery") }
}

extension ClusterError: CustomStringConvertible {
    /// The message, then `hint:` and the hint.
    public var description: String {
        hint.map { "\(message)\nhint: \($0)" } ?? message
    }
}
