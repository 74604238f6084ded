import FoundationEssentials
public import Postgres
public import Warehouse

/// Where a replica stands just before a snapshot is taken of it.
struct SourceState: Sendable, Codable {
    /// For the ledger.
    var position = SourcePosition()
    /// A later snapshot of the same source was used before this one.
    var isBehind = false
    /// Everything committed before this instant is visible: microseconds since 2000-01-01 00:00 UTC.
    var caughtUpTo: Int64
    /// Text comes unchecked.
    var isSQLASCII: Bool

    /// A day whose end the replica has not passed may still grow, and one read behind what was read before may lack rows.
    func isProvisional(dayEndingAt end: Int64) -> Bool { isBehind || caughtUpTo < end }

    /// Asks the server. A standby that has replayed all it received is as good as its clock, less ten seconds for what was under way;
    /// one that has not stands at its last replayed commit. A server without the replay functions is taken to be an hour behind.
    static func read(_ connection: Connection) async throws -> SourceState {
        let full = """
            SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system()) AS system_identifier,
                (SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()) AS timeline,
                CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END AS replay_lsn,
                pg_last_xact_replay_timestamp() AS replay_time,
                (extract(epoch FROM CASE
                    WHEN NOT pg_is_in_recovery() THEN clock_timestamp()
                    WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver)
                        THEN clock_timestamp() - interval '10 seconds'
                    ELSE coalesce(pg_last_xact_replay_timestamp(), '-infinity') END) * 1000000)::text AS caught_up
            """
        let isSQLASCII = connection.serverParameter("server_encoding") == "SQL_ASCII"
        do {
            guard let row = try await connection.query(full).rows.first else { return try await reduced(connection, isSQLASCII) }
            var state = SourceState(caughtUpTo: try microseconds(row["caught_up"]), isSQLASCII: isSQLASCII)
            state.position = try SourcePosition(
                systemIdentifier: row["system_identifier"], timeline: row["timeline"], replayLSN: row["replay_lsn"],
                replayTime: row["replay_time"])
            return state
        } catch let error as SourcePosition.Impossible {
            throw impossible(error.what)
        } catch let error as PostgresError where error.code == .server && !error.isTransient {
            return try await reduced(connection, isSQLASCII)
        }
    }

    private static func reduced(_ connection: Connection, _ isSQLASCII: Bool) async throws -> SourceState {
        let clock = try await connection.query("SELECT (extract(epoch FROM clock_timestamp() - interval '1 hour') * 1000000)::text").scalar
        return SourceState(caughtUpTo: try microseconds(clock), isSQLASCII: isSQLASCII)
    }

    /// From microseconds since 1970; an infinity where nothing was replayed yet.
    private static func microseconds(_ text: String?) throws(Failure) -> Int64 {
        guard let text, text != "-Infinity" else { return .min }
        guard let whole = Int64(text.prefix { $0 != "." }),
            case (let since2000, false) = whole.subtractingReportingOverflow(946_684_800_000_000)
        else { throw impossible("the time that it has caught up to \(text.prefix(40).debugDescription)") }
        return since2000
    }

    /// A server that says of itself what cannot be is not read.
    private static func impossible(_ what: String) -> Failure {
        Failure(
            code: "sourceState", message: "the server says of itself what cannot be: \(what)",
            hint: "look at pg_control_system(), pg_control_checkpoint() and pg_last_wal_replay_lsn() there: is it PostgreSQL?",
            concernsTenant: true)
    }
}

extension SourcePosition {
    /// Where a replica stands now.
    public static func read(_ connection: Connection) async throws -> SourcePosition { try await SourceState.read(connection).position }
}

extension SourceState {
    /// One line of JSON, for the footers of spill files.
    var encoded: String { (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// Nil unless `text` is what `encoded` made.
    init?(encoded text: String) {
        guard let state = try? JSONDecoder().decode(SourceState.self, from: Data(text.utf8)) else { return nil }
        self = state
    }
}
