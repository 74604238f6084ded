import TestKit

/// A source with one small table, and reports over it.
enum Readings {
    /// Ten rows a day from 2025-09-20 to 2025-09-24.
    static let table = """
        CREATE TABLE readings (id bigint, at timestamptz, v text);
        INSERT INTO readings SELECT n, '2025-09-20 00:00+00'::timestamptz + n * interval '144 minutes', 'v' || n FROM generate_series(0, 49) n;
        """

    static let query = "SELECT id, at, v FROM readings WHERE at >= '{TARGET_DATE}'::date AND at < '{TARGET_DATE}'::date + 1"
    /// The same for a slice at once.
    static let windowQuery = "SELECT id, at, v FROM readings WHERE at >= {WINDOW_START}::date AND at < {WINDOW_END}::date"
    static let columns = "id bigint, at timestamptz, v text"
}

/// Runs `body` with a scene, a source with readings, and the report `readings` of `tenant_a`.
func withReadings(
    encoding: String = "UTF8", query: String = Readings.query, columns: String = Readings.columns,
    _ body: (Scene, ReplicatedDatabase) async throws -> Void
) async throws {
    try await withTenant(encoding: encoding) { scene, source in
        try await source.primary.psql(Readings.table)
        try await source.replay()
        try await scene.addReport("readings", query, columns: columns)
        try await body(scene, source)
    }
}
