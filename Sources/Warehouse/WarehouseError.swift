import Postgres

/// A warehouse, or something in it, that is not as the engine needs it.
public struct WarehouseError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Code: String, Sendable {
        /// `dayhaul init` has not been run there.
        case notInitialised
        /// Its control schema was made by a newer program.
        case tooNew
        /// Its control schema is older than the program.
        case tooOld
        /// The server takes no writes.
        case readOnly
        /// The role lacks what the command needs.
        case missingPrivilege
        /// A role that is, or can become, more than it may.
        case unsafeRole
        /// A role that cannot be limited to some tenants, or is not.
        case notLimited
        /// No tenant of that name.
        case unknownTenant
        /// There is a tenant of that name.
        case tenantExists
        /// The tenant's data would have to be dropped first.
        case tenantHasData
        /// A replica that does not tell which database system it belongs to.
        case unknownSource
        /// No report of that name.
        case unknownReport
        /// Something that is not the engine's reads the report's data, or a run uses it.
        case reportHasData
        /// There is a report of that name.
        case reportExists
        /// A name that cannot be used.
        case invalidName
        /// The schema belongs to another tenant, or a table or view that is not the engine's stands in the way.
        case nameTaken
        /// The key file is missing, unsafe or not a key file.
        case keyFile
        /// The key file holds no such key.
        case unknownKey
        /// The key file cannot do without the key.
        case keyInUse
        /// A sealed value does not open.
        case cannotUnseal
        /// A reference to a password gave none.
        case secretUnavailable
        /// The report's columns are not those of the tables that hold its days.
        case columnsChanged
        /// Rows of a day break a unique index.
        case duplicateKey
        /// An index would run code that somebody else can have made.
        case unsafeIndex
        /// A day would lose more of its rows than its report allows.
        case shrunk
        /// A session that this run lost is still publishing the day.
        case stillPublishing
        /// A login that is not the engine's holds a lock of the engine.
        case lockTaken
        /// The warehouse has the day from a snapshot that lies further on in the life of the same source.
        case newerSnapshot
        /// A day is not as its report expects.
        case expectationFailed
        /// What was loaded is not what was spilled.
        case rowCountMismatch
        /// A part of a day was read to replace that of a day which is another one by now.
        case changedMeanwhile
        /// The tenant's days are in another schema, or on their way to one.
        case schemaChanged
        /// Another worker has taken a request over.
        case leaseLost
        /// Nothing of the report is in the warehouse for the tenant.
        case nothingLoaded
        /// A day that has not begun, or that looks mistyped and was not confirmed.
        case invalidDay
        /// The tenant is being dropped.
        case beingDropped
        /// A statement would take more locks than the server has room for.
        case tooManyLocks
    }

    /// What is wrong.
    public let code: Code
    /// Lower case, no full stop.
    public let message: String
    /// What to do next.
    public let hint: String?

    /// An error with what to do next.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// What a function of the control schema refused, by SQLSTATE, in its own words and with its hint; nil for another
    /// error.
    init?(_ error: any Error, _ codes: [String: Code]) {
        guard let error = error as? PostgresError, error.code == .server,
            let code = error.sqlstate.flatMap({ codes[$0.code] })
        else { return nil }
        self.init(code, error.message, hint: error.hint)
    }

    /// `message; hint: …`
    public var description: String { message + (hint.map { "; hint: \($0)" } ?? "") }
}
