import Postgres
import TestKit

/// A place in a publish at which the engine's sessions wait until the test lets them go on.
enum PublishingStep: String, CaseIterable {
    /// The day's rows are written, its ledger row is not committed.
    case recording = "AFTER INSERT OR UPDATE ON _wh.ledger"
    /// COMMIT is under way, and nothing is decided.
    case committing = "AFTER INSERT OR UPDATE ON _wh.ledger DEFERRABLE INITIALLY DEFERRED"
}

extension TestDatabase {
    /// Lets every publish in this warehouse wait at a step for as long as `body` holds it up.
    ///
    /// A constraint trigger that is deferred runs within COMMIT (PostgreSQL manual, "CREATE TRIGGER").
    func stopping(at step: PublishingStep, _ body: (WarehouseStop) async throws -> Void) async throws {
        try await psql(
            """
            CREATE FUNCTION public.stop() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$ BEGIN
                PERFORM pg_advisory_xact_lock_shared(42);
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER stop \(step.rawValue) FOR EACH ROW EXECUTE FUNCTION public.stop();
            """)
        try await Connection.with(try ConnectionParameters(conninfo: conninfo)) { session in
            try await session.query("SELECT pg_advisory_lock(42)")
            try await body(WarehouseStop(database: self, session: session))
        }
    }
}

/// Holds up publishes; see `stopping(at:_:)`.
struct WarehouseStop {
    fileprivate let database: TestDatabase
    fileprivate let session: Connection

    /// Waits for a publish that waits, and returns the process id of its backend.
    func reached() async throws -> Int32 {
        var backend: Int32?
        try await eventually("a publish to wait", within: .seconds(30)) {
            backend = Int32(
                try await database.psql(
                    """
                    SELECT min(pid) FROM pg_locks WHERE locktype = 'advisory' AND (classid, objid) = (0, 42) AND NOT granted
                        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    """))
            return backend != nil
        }
        return backend ?? 0
    }

    /// Lets all publishes go on from here.
    func release() async throws { try await session.query("SELECT pg_advisory_unlock(42)") }
}
