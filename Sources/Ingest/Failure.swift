import PlainText
import Postgres
import PostgresBinary
import Reports
import Spill
import Warehouse

/// Why a day could not be dealt with: what every kind of error comes down to, for people and for JSON.
public struct Failure: Error, Sendable, Equatable, Codable, CustomStringConvertible {
    /// A short stable name, such as `connectionFailed` or `sourceDrift`.
    public let code: String
    /// What a server called it, where one did.
    public let sqlstate: String?
    /// One line without secrets.
    public let message: String
    /// What to do next.
    public let hint: String?
    /// Whether trying again, unchanged, can help.
    public let isTransient: Bool
    /// Whether it is about the tenant as a whole, so that its other slices would meet the same.
    let concernsTenant: Bool
    /// Whether it is about some rows, so that other days of the slice may be fine.
    let concernsRows: Bool

    private enum CodingKeys: String, CodingKey { case code, sqlstate, message, hint }

    /// Which side a server error came from.
    public enum Side: Sendable {
        /// A tenant's replica.
        case source
        /// The warehouse.
        case warehouse
    }

    /// Reads an error of any module.
    public init(_ error: any Error, on side: Side) {
        switch error {
        case let failure as Failure:
            self = failure
        case let error as PostgresError:
            let state = error.sqlstate?.code
            // A template that writes gets the same code as a warehouse that failed over, and gets it every time.
            let writesToSource = side == .source && state == "25006"
            self.init(
                code: side == .warehouse ? "warehouse.\(error.code.rawValue)" : error.code.rawValue, sqlstate: state,
                message: error.message,
                hint: Self.hint(Self.isOfRecovery(error) ? "25006" : state, on: side) ?? error.hint,
                isTransient: error.isTransient && !writesToSource,
                concernsTenant: side == .source && ![.server, .answerTooLarge].contains(error.code),
                concernsRows: side == .source && (state.map(Self.isAboutRows) == true || error.code == .answerTooLarge))
        case let error as ReportError:
            self.init(
                code: error.code.rawValue, message: error.message, hint: error.hint,
                concernsRows: [.rowOutsideDay, .invalidText, .fanOut].contains(error.code))
        case let error as BinaryError:
            self.init(code: "binary.\(error.code)", message: error.description, concernsRows: true)
        case let error as SpillError:
            self.init(code: "spill.\(error.code)", message: error.message, hint: error.hint, isTransient: error.isTransient)
        case let error as WarehouseError:
            self.init(
                code: error.code.rawValue, message: error.message, hint: error.hint,
                isTransient: [.stillPublishing, .lockTaken].contains(error.code),
                concernsTenant: [.cannotUnseal, .secretUnavailable].contains(error.code))
        case let error as PlanError:
            self.init(code: error.code.rawValue, message: error.message, hint: error.hint)
        case is CancellationError:
            self.init(code: "interrupted", message: "interrupted", hint: "run the same command again")
        default:
            self.init(code: "internal", message: "\(error)")
        }
    }

    /// Values that cannot be, a subquery with more than one row, a row too large, and what a function in the query
    /// raises: other days' rows may be fine (PostgreSQL manual, "Error Codes").
    private static func isAboutRows(_ state: String) -> Bool {
        ["21", "22", "38", "39", "P0"].contains { state.hasPrefix($0) } || state == "54000"
    }

    /// Whether a standby refuses to write, which it says in more than one way (PostgreSQL manual, "User's Overview" of
    /// hot standby).
    private static func isOfRecovery(_ error: PostgresError) -> Bool {
        error.sqlstate?.code == "0A000" && error.message.contains("during recovery")
    }

    /// What to do about errors that mean something of their own on a source.
    private static func hint(_ state: String?, on side: Side) -> String? {
        switch (side, state) {
        // A session that is ended between two statements gets a hint of the server's own, to connect again, which is done anyway.
        case (.source, "40001"), (.source, "40P01"):
            "on the replica, set hot_standby_feedback = on or raise max_standby_streaming_delay, or read fewer days at once"
        case (.warehouse, "25006"): "the warehouse is a standby, or read only: name its primary's host in the connection string"
        case (.source, "25006"): "a report only reads; take the writing part out of its query"
        case (.source, "42601"): "correct query_template of the report there, and try it with dayhaul report check REPORT"
        // A database in SQL_ASCII stores any bytes; PostgreSQL finds out when it has to send them as UTF-8.
        case (.source, "22021"): "the source's database is in SQL_ASCII and holds text that is not UTF-8: repair it there"
        default: nil
        }
    }

    init(
        code: String, sqlstate: String? = nil, message: String, hint: String? = nil, isTransient: Bool = false,
        concernsTenant: Bool = false,
        concernsRows: Bool = false
    ) {
        self.code = code
        self.sqlstate = sqlstate
        self.message = PlainText.line(message)
        self.hint = hint.map(PlainText.line)
        self.isTransient = isTransient
        self.concernsTenant = concernsTenant
        self.concernsRows = concernsRows
    }

    /// The same failure, its message beginning with what it is about; with another hint, where one is given.
    func about(_ subject: String, hint other: String? = nil) -> Failure {
        Failure(
            code: code, sqlstate: sqlstate, message: "\(subject): \(message)", hint: other ?? hint, isTransient: isTransient,
            concernsTenant: concernsTenant, concernsRows: concernsRows)
    }

    /// Decoded failures are for reading only.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            code: try container.decode(String.self, forKey: .code), sqlstate: try container.decodeIfPresent(String.self, forKey: .sqlstate),
            message: try container.decode(String.self, forKey: .message), hint: try container.decodeIfPresent(String.self, forKey: .hint))
    }

    /// `message (SQLSTATE 42P01); hint: …`
    public var description: String {
        message + (sqlstate.map { " (SQLSTATE \($0))" } ?? "") + (hint.map { "; hint: \($0)" } ?? "")
    }
}
