public import Postgres
public import PostgresBinary
public import Reports
import SQLText

/// Compares a COPY BINARY stream with the rows of a day's table as they stand. Changes nothing but temporary tables.
///
/// The stream goes into a temporary table, which is neither logged nor seen by anyone. Where the report declares a key, rows are paired by
/// it and compared byte by byte. Where it does not, or the key is not what it should be, rows are compared by their text, and those that
/// are there several times are numbered, so that each counts as often as it is there. Both are exact for every type: 1.0 and 1.00
/// differ, -0 and 0 do, and types without an equality operator can be compared.
///
/// Where the stream has the rows of some buckets only, so far as the table is concerned there are no others.
///
/// Everything runs inside the caller's transaction, READ WRITE and READ COMMITTED, and goes with it: one comparison a transaction.
///
///     try await connection.transaction {
///         let comparison = DayComparison(of: report, schema: "tenant_a", table: entry.table, connection)
///         try await comparison.stage { stream in … }
///         difference = try await comparison.difference()
///     }
public struct DayComparison {
    let connection: Connection
    /// The day's table, delimited and qualified.
    let table: String
    /// The report's columns, delimited, with commas between.
    let columns: String
    private let report: ReportDefinition
    private var keyColumns: [String] { report.keyColumns }
    /// The buckets whose rows are compared; nil compares all.
    let buckets: BucketSelection?

    /// Holds the stream's rows.
    static let staged = "pg_temp.dayhaul_staged"
    /// A row each that differs: its place (ctid) in the day's table as `old`, or in the staged one as `new`, the other NULL.
    static let differing = "pg_temp.dayhaul_differing"

    /// A comparison with `table` of `schema`, names as they are in the catalogue, which has all of the report's columns; with its rows in
    /// some `buckets` if they are given and the report's rows fall into any.
    public init(
        of report: ReportDefinition, schema: String, table: String, in buckets: BucketSelection? = nil, _ connection: Connection
    ) {
        self.connection = connection
        self.table = SQL.identifier(schema, table)
        columns = report.columnList
        self.report = report
        self.buckets = report.bucketKey == nil ? nil : buckets
    }

    /// What is true of the table's rows, as `alias`, that are compared.
    private func condition(on alias: String) -> String {
        guard let buckets, let key = keyColumns.first else { return "true" }
        return buckets.condition(on: SQL.identifier(alias, key))
    }

    /// Takes the stream that `content` puts, and returns its number of rows.
    ///
    /// Throws `42703` where the table lacks a column of the report, and what PostgreSQL says of a row that does not fit.
    @discardableResult
    public func stage(_ content: (borrowing CopyInStream) async throws -> Void) async throws -> Int {
        try await connection.query("CREATE TEMPORARY TABLE dayhaul_staged (LIKE \(table)) ON COMMIT DROP")
        return try await DayCopy(report: report, connection: connection).fill(Self.staged, content)
    }

    /// How the staged rows differ from the table's. To be called once, after `stage`. `keysAreChecked` says that no two staged rows have the
    /// same key.
    public func difference(keysAreChecked: Bool = false) async throws -> DayDifference {
        // Sorting or hashing a day of rows should not spill to disk.
        try await connection.query("SET LOCAL work_mem = '64MB'")
        let isKeyed = try await hasUniqueKeys(keysAreChecked)
        try await connection.query(
            "CREATE TEMPORARY TABLE dayhaul_differing ON COMMIT DROP AS \(isKeyed ? differingByKey : differingByText)")
        let counts = try await connection.query(
            """
            SELECT count(old) AS extra, count(new) AS missing, count(*) FILTER (WHERE old IS NOT NULL AND new IS NOT NULL) AS changed,
                (SELECT count(*) FROM \(Self.staged)) AS staged FROM \(Self.differing)
            """
        ).rows.first
        let extra: Int = try counts?.value("extra") ?? 0
        let missing: Int = try counts?.value("missing") ?? 0
        let changed: Int =
            if isKeyed { try counts?.value("changed") ?? 0 } else if extra > 0 && missing > 0 { try await changedKeys() } else { 0 }
        return DayDifference(
            missing: missing - changed, extra: extra - changed, changed: changed, streamRows: try counts?.value("staged") ?? 0)
    }

    /// Whether rows can be paired by the declared key: none on either side has it twice, or NULL in it.
    private func hasUniqueKeys(_ stagedIsChecked: Bool) async throws -> Bool {
        guard !keyColumns.isEmpty else { return false }
        let keys = keyColumns.map { SQL.identifier("r", $0) }
        func hasNoNull(_ table: String) -> String {
            "NOT EXISTS (SELECT FROM \(table) r WHERE \(keys.map { "\($0) IS NULL" }.joined(separator: " OR ")))"
        }
        func hasNoPair(_ table: String) -> String {
            "NOT EXISTS (SELECT FROM \(table) r WHERE \(condition(on: "r")) GROUP BY \(keys.joined(separator: ", ")) HAVING count(*) > 1)"
        }
        var conditions = [hasNoNull(Self.staged)]
        // A row without a key is in no bucket.
        if buckets == nil { conditions.append(hasNoNull(table)) }
        if !stagedIsChecked { conditions.append(hasNoPair(Self.staged)) }
        if try await !hasUniqueIndex() { conditions.append(hasNoPair(table)) }
        return try await connection.query("SELECT \(conditions.joined(separator: " AND "))").scalar == "t"
    }

    /// Whether an index of the table keeps its keys apart.
    private func hasUniqueIndex() async throws -> Bool {
        try await connection.query(
            """
            SELECT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = $1::regclass AND i.indisunique AND i.indisvalid
                AND i.indpred IS NULL AND i.indexprs IS NULL AND ARRAY(
                    SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
                ) <@ ARRAY(SELECT json_array_elements_text($2)))
            """, [table, json(keyColumns)]
        ).scalar == "t"
    }

    /// Rows are the same when their bytes are, which PostgreSQL's own REFRESH MATERIALIZED VIEW CONCURRENTLY relies on too (manual, "Row and
    /// Array Comparisons").
    private var differingByKey: String {
        var (rows, image) = (table, "old.*")
        var pairs = keyColumns.map { "\(SQL.identifier("old", $0)) \(equals($0)) \(SQL.identifier("new", $0))" }
        if buckets != nil, let key = keyColumns.first {
            rows = "(SELECT r.ctid, ROW(r.*) AS image, \(SQL.identifier("r", key)) AS key FROM \(table) r WHERE \(condition(on: "r")))"
            (image, pairs) = ("old.image", ["old.key \(equals(key)) \(SQL.identifier("new", key))"])
        }
        return """
            SELECT old.ctid AS old, new.ctid AS new FROM \(rows) old FULL JOIN \(Self.staged) new ON \(pairs.joined(separator: " AND "))
            WHERE old.ctid IS NULL OR new.ctid IS NULL OR NOT (\(image) OPERATOR(pg_catalog.*=) new.*)
            """
    }

    private func equals(_ column: String) -> String { report.type(of: column).comparison("=") }

    private var differingByText: String {
        """
        SELECT old.place AS old, new.place AS new
        FROM (\(numbered(table))) old FULL JOIN (\(numbered(Self.staged))) new USING (image, copy)
        WHERE old.place IS NULL OR new.place IS NULL
        """
    }

    private func numbered(_ table: String) -> String {
        """
        SELECT place, image, row_number() OVER (PARTITION BY image) AS copy
        FROM (SELECT ctid AS place, md5(ROW(\(columns))::text)::uuid AS image FROM \(table) r WHERE \(condition(on: "r"))) images
        """
    }

    /// Pairs of a row that went and one that came with the same key.
    private func changedKeys() async throws -> Int {
        guard !keyColumns.isEmpty else { return 0 }
        func key(in alias: String) -> String { keyColumns.map { SQL.identifier(alias, $0) }.joined(separator: ", ") }
        let pairs = try await connection.query(
            """
            SELECT coalesce(sum(least(gone, come)), 0)::bigint FROM (
                SELECT count(*) FILTER (WHERE is_old) AS gone, count(*) FILTER (WHERE NOT is_old) AS come FROM (
                    SELECT ROW(\(key(in: "t")))::text AS key, true AS is_old FROM \(table) t JOIN \(Self.differing) d ON t.ctid = d.old
                    UNION ALL
                    SELECT ROW(\(key(in: "s")))::text, false FROM \(Self.staged) s JOIN \(Self.differing) d ON s.ctid = d.new
                ) rows GROUP BY key
            ) keys
            """
        ).scalar
        return pairs.flatMap { Int($0) } ?? 0
    }
}
