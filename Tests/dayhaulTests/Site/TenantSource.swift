import SystemPackage
import TestKit

/// A tenant's database with food logs, and a login that may read them.
struct TenantSource: Sendable {
    /// Where to write.
    let primary: TestDatabase
    /// What dayhaul reads: the primary's hot standby, or the primary itself.
    let replica: Cluster
    let reader: String
    let password: String
    let rowsPerDay: Int

    static let firstDay = "2025-09-01"

    /// The options that describe the connection, the password excepted.
    func options(port: Int? = nil) -> [String] {
        [
            "--host", Cluster.host, "--port", String(port ?? replica.port), "--dbname", primary.database, "--username", reader,
            "--sslmode", "disable",
        ]
    }

    /// Waits until the replica shows what the primary has.
    func replay() async throws {
        if replica !== primary.cluster { try await replica.waitForReplay(of: primary.cluster) }
    }

    /// Locks on the facts on the replica, or of those that wait for one.
    func locks(granted: Bool) async throws -> String {
        try await replica.psql(
            """
            SELECT count(*) FROM pg_locks WHERE granted = :granted AND relation = 'phood_foodlogsum'::regclass
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """, database: primary.database, variables: ["granted": String(granted)])
    }

    /// Sessions of the reader on the replica.
    func sessions() async throws -> String {
        try await replica.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = :'reader'", variables: ["reader": reader])
    }
}

/// Runs `body` with a tenant whose database stands on the shared primary and is read from its hot standby.
func withTenantSource(days: Int = 10, rowsPerDay: Int = 200, _ body: (TenantSource) async throws -> Void) async throws {
    try await withStandbyDatabase { both in
        try await withReader(of: both.primary, on: both.standby.cluster, days: days, rowsPerDay: rowsPerDay, body)
    }
}

/// As `withTenantSource`, so many of them.
func withTenantSources(_ count: Int, days: Int = 10, rowsPerDay: Int = 200, _ body: ([TenantSource]) async throws -> Void) async throws {
    guard count > 0 else { return try await body([]) }
    try await withTenantSources(count - 1, days: days, rowsPerDay: rowsPerDay) { rest in
        try await withTenantSource(days: days, rowsPerDay: rowsPerDay) { try await body(rest + [$0]) }
    }
}

/// As `withTenantSource`, on a primary and a hot standby of the test's own, which it may kill.
func withOwnTenantSource(days: Int = 10, rowsPerDay: Int = 200, _ body: (TenantSource) async throws -> Void) async throws {
    try await SharedClusters.withCluster { primary in
        try await withDatabase(in: primary) { database in
            try await SharedClusters.withStandby(of: primary) { standby in
                try await withReader(of: database, on: standby, days: days, rowsPerDay: rowsPerDay, body)
            }
        }
    }
}

/// Fills a database, makes its reader, and takes the reader away afterwards.
func withReader(
    of primary: TestDatabase, on replica: Cluster, days: Int, rowsPerDay: Int, _ body: (TenantSource) async throws -> Void
) async throws {
    let sql = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent().removingLastComponent()
        .appending("sql/tenant-source")
    try await primary.psql(file: sql.appending("schema.sql").string)
    try await primary.psql(
        file: sql.appending("generate.sql").string,
        variables: [
            "seed": String(primary.port % 7 + 1), "first_day": TenantSource.firstDay, "days": String(days),
            "rows_per_day": String(rowsPerDay),
            "menu_copies": "1",
        ], deadline: .seconds(120))
    let source = TenantSource(
        primary: primary, replica: replica, reader: "reader_\(Cluster.randomPassword().prefix(8))", password: Cluster.randomPassword(),
        rowsPerDay: rowsPerDay)
    try await primary.psql(
        """
        CREATE ROLE :"reader" LOGIN PASSWORD :'password';
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO :"reader";
        """, variables: ["reader": source.reader, "password": source.password])
    try await source.replay()
    let result: Result<Void, any Error>
    do {
        try await body(source)
        result = .success(())
    } catch {
        result = .failure(error)
    }
    // Connected no more, once its sessions have noticed.
    _ = try? await primary.psql(#"DROP OWNED BY :"reader"; DROP ROLE :"reader""#, variables: ["reader": source.reader])
    try result.get()
}

extension Operator {
    /// `dayhaul tenant add` with the password from a file.
    @discardableResult
    func add(_ name: String, _ source: TenantSource, port: Int? = nil, _ more: String...) async throws -> EndedProgram {
        let file = try write(source.password + "\n", to: "pw-\(source.reader)")
        return try await dayhaul(["tenant", "add", "--password-file", file] + source.options(port: port) + more + ["--", name])
    }
}
