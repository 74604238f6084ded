import FoundationEssentials
public import Postgres

/// What a command gives of a report, before it is known whether it can be used; what is nil is left as it is, or to the
/// table's default.
public struct ReportDraft: Sendable, Encodable {
    /// `template_name`
    public let name: String
    /// `description`
    public var description: String?
    /// `query_template`
    public var query: String?
    /// `column_definitions`
    public var columns: String?
    /// `indexes`; an empty text is none.
    public var indexes: String?
    /// `day_column`; an empty text lets the engine find it.
    public var dayColumn: String?
    /// `time_zone`
    public var timeZone: String?
    /// `late_days`
    public var lateDays: Int?
    /// `key_columns`
    public var keyColumns: [String]?
    /// `max_shrink`
    public var maximumShrink: Double?
    /// `expectations`, a JSON array.
    public var expectations: String?
    /// `native_report`; an empty text runs the query.
    public var nativeReport: String?
    /// `enabled`
    public var isEnabled: Bool?

    /// A draft of nothing but a name.
    public init(_ name: String) { self.name = name }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name = "template_name"
        case description
        case query = "query_template"
        case columns = "column_definitions"
        case indexes
        case dayColumn = "day_column"
        case timeZone = "time_zone"
        case lateDays = "late_days"
        case keyColumns = "key_columns"
        case maximumShrink = "max_shrink"
        case expectations
        case nativeReport = "native_report"
        case isEnabled = "enabled"
    }

    /// Only what is given; what is given as an empty text is NULL.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encodeIfPresent(description, forKey: .description)
        try container.encodeIfPresent(query, forKey: .query)
        try container.encodeIfPresent(columns, forKey: .columns)
        for (text, key) in [(indexes, CodingKeys.indexes), (dayColumn, .dayColumn), (nativeReport, .nativeReport)] {
            guard let text else { continue }
            if text.isEmpty { try container.encodeNil(forKey: key) } else { try container.encode(text, forKey: key) }
        }
        try container.encodeIfPresent(timeZone, forKey: .timeZone)
        try container.encodeIfPresent(lateDays, forKey: .lateDays)
        try container.encodeIfPresent(keyColumns, forKey: .keyColumns)
        try container.encodeIfPresent(maximumShrink, forKey: .maximumShrink)
        try container.encodeIfPresent(isEnabled, forKey: .isEnabled)
    }

    /// The columns of `_wh.mv_templates` that are given, and what gives them: a record of that table, made of the
    /// parameters.
    func statementParts() throws -> (columns: [String], record: String, parameters: [String?]) {
        let data = try JSONEncoder().encode(self)
        let given = try JSONDecoder().decode([String: Anything?].self, from: data)
        let columns = CodingKeys.allCases.filter {
            given.keys.contains($0.rawValue) || $0 == .expectations && expectations != nil
        }
        // Expectations are JSON themselves, which the server reads.
        let record =
            "jsonb_populate_record(NULL::_wh.mv_templates, $1::jsonb || jsonb_strip_nulls(jsonb_build_object('expectations', $2::jsonb)))"
        return (columns.map(\.rawValue), record, [String(decoding: data, as: UTF8.self), expectations])
    }

    private struct Anything: Decodable {}
}

extension ReportCatalogue {
    /// Adds a report, enabled unless the draft says otherwise, and returns what it amounts to; with `dryRun` nothing is
    /// added.
    ///
    /// Throws `reportExists`, `ReportError` for one that cannot be used as it is written, and what constraints of the
    /// table say.
    @discardableResult
    public static func add(_ draft: ReportDraft, dryRun: Bool = false, _ connection: Connection) async throws -> Entry {
        let (columns, record, parameters) = try draft.statementParts()
        let list = columns.joined(separator: ", ")
        do {
            return try await change(
                "INSERT INTO _wh.mv_templates (\(list)) SELECT \(list) FROM \(record)", parameters, dryRun: dryRun,
                connection)
        } catch let error as PostgresError where error.sqlstate?.code == "23505" {
            throw WarehouseError(
                .reportExists, "there is a report \(draft.name)",
                hint: "dayhaul report set \(draft.name) changes it; dayhaul report show \(draft.name)")
        }
    }

    /// Changes what a draft gives of a report, and returns what it amounts to then; with `dryRun` nothing is changed.
    ///
    /// Throws `unknownReport`, `ReportError` for one that cannot be used as it would be, and what constraints of the
    /// table say.
    @discardableResult
    public static func set(_ draft: ReportDraft, dryRun: Bool = false, _ connection: Connection) async throws -> Entry {
        let (columns, record, parameters) = try draft.statementParts()
        let changes = columns.map { "\($0) = given.\($0)" }.joined(separator: ", ")
        return try await change(
            """
            UPDATE _wh.mv_templates t SET \(changes) FROM \(record) given WHERE t.template_name = given.template_name
            """, parameters, dryRun: dryRun, connection)
    }

    /// Lets reports be read by nightly runs, or not.
    public static func setEnabled(_ isEnabled: Bool, _ names: [String], _ connection: Connection) async throws {
        try await connection.query(
            "UPDATE _wh.mv_templates SET enabled = $2 WHERE template_name IN (SELECT json_array_elements_text($1))",
            [json(names), String(isEnabled)])
    }

    /// Tries a statement that changes one report in a transaction that is rolled back, looks at what came of it, and
    /// runs it.
    private static func change(
        _ statement: String, _ parameters: [String?], dryRun: Bool, _ connection: Connection
    ) async throws -> Entry {
        struct RolledBack: Error { let rows: [QueryResult.Row] }
        let returning = statement + " RETURNING \(rowColumns(of: statement.hasPrefix("UPDATE") ? "t" : "mv_templates"))"
        let rows: [QueryResult.Row]
        do {
            try await connection.transaction {
                throw RolledBack(rows: try await connection.query(returning, parameters).rows)
            }
            rows = []
        } catch let tried as RolledBack {
            rows = tried.rows
        }
        guard let row = rows.first else {
            throw WarehouseError(
                .unknownReport, "the report is not there any more",
                hint: "dayhaul report list shows those that there are")
        }
        let entry = try await entry(of: row, connection)
        _ = try entry.definition.get()
        if !dryRun { try await connection.query(statement, parameters) }
        return entry
    }
}
