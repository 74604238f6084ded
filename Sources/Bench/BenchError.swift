/// Why a benchmark cannot be begun or go on.
///
/// Message and hint are lower case without a full stop, and hold no password.
public struct BenchError: Error, Sendable, Equatable {
    /// The kind of failure.
    public enum Code: String, Sendable {
        /// A database of the scratch database's name is there, and no bench made it.
        case scratchExists
        /// Another bench uses the scratch database.
        case scratchBusy
        /// The login may not make a database and roles.
        case missingPrivilege
        /// A pooler is in between, behind which nothing can be measured.
        case pooled
        /// There is nothing to load.
        case nothingToLoad
        /// The server's machine is not this one, and nobody said what it is.
        case unknownMachine
        /// A run within the benchmark failed.
        case runFailed
        /// A description of synthetic tenants that cannot be.
        case invalidArgument
    }

    /// The kind of failure.
    public let code: Code
    /// What happened.
    public let message: String
    /// What to do next.
    public let hint: String?

    init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}
