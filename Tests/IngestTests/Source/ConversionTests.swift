import Ingest
import TestKit
import Testing

/// Each value has a day of its own, so that one which is refused keeps no other from being loaded.
@Suite("Values whose source has another type", .timeLimit(.minutes(5)))
struct ConversionTests {
    private struct Pair {
        let source: String
        let declared: String
        let values: [String]

        init(_ source: String, _ declared: String, _ values: String...) {
            self.source = source
            self.declared = declared
            self.values = values
        }
    }

    private static let pairs = [
        Pair("real", "numeric", "16777216", "123456.25", "0.1", "NaN", "1e-45"),
        Pair("double precision", "numeric", "0.30000000000000004", "9007199254740993", "1e300", "Infinity"),
        Pair("real", "double precision", "0.1", "16777217"),
        Pair("double precision", "real", "0.1", "1e40", "1e-50", "16777217"),
        Pair("double precision", "bigint", "3", "2.5", "1e15", "NaN"),
        Pair("numeric", "integer", "2.7", "-2.5", "3", "3.0", "2147483648"),
        Pair("numeric", "numeric(6,2)", "2.345", "99999", "NaN"),
        Pair("numeric", "double precision", "0.1", "1e400", "9007199254740993"),
        Pair("bigint", "integer", "2147483647", "2147483648"),
        Pair("bigint", "double precision", "9007199254740993"),
        Pair("integer", "real", "16777217"),
        Pair("integer", "boolean", "1", "0", "5"),
        Pair("boolean", "text", "t", "f"),
        Pair("boolean", "integer", "t"),
        Pair("inet", "cidr", "10.1.2.3/8", "10.0.0.0/8", "10.1.2.3"),
        Pair("inet", "text", "10.1.2.3", "10.1.2.3/8", "::1"),
        Pair("cidr", "inet", "10.0.0.0/8"),
        Pair("character(5)", "text", "ab", "abcde"),
        Pair("character(5)", "varchar(3)", "ab ", "abcd"),
        Pair("name", "text", "abc"),
        Pair("\"char\"", "integer", "5", "a"),
        Pair("text", "integer", " 7 ", "x", "2147483648", "7.0"),
        Pair("text", "bit(3)", "101", "10", "1011"),
        Pair("bit(4)", "bit(3)", "1010"),
        Pair("oid", "integer", "7", "4294967295"),
        Pair("money", "numeric", "12.50"),
        Pair("jsonb", "integer", "7", "2.7", "\"7\""),
        Pair("jsonb", "text", "{\"a\":  1}"),
        Pair("json", "jsonb", "{\"a\":  1}"),
        Pair("date", "timestamptz", "2025-09-02", "infinity"),
        Pair("timestamptz", "date", "2025-09-02 23:59:59.9+00", "-infinity"),
        Pair("timestamptz", "timestamp(0)", "2025-09-02 23:59:59.6+00"),
        Pair("interval", "interval day to second(0)", "1 day 00:00:01.6"),
        Pair("time", "interval", "10:00:00"),
        Pair("interval", "time", "10:00:00", "25:00:00"),
        Pair("timestamptz", "text", "2025-09-02 10:00:00.10+00"),
        Pair("real[]", "numeric[]", "{16777216,0.1}"),
        Pair("numeric[]", "integer[]", "{1,2}", "{1.5}"),
        Pair("text[]", "varchar(2)[]", "{ab}", "{abc}"),
        Pair("macaddr", "macaddr8", "08:00:2b:01:02:03"),
        Pair("bytea", "text", "\\x00ff"),
        Pair("uuid", "text", "00000000-0000-0000-0000-000000000001"),
        Pair("regclass", "regclass", "only_here", "pg_class"),
        Pair("regclass", "text", "only_here"),
        Pair("regtype[]", "regtype[]", "{integer,text}"),
        Pair("aclitem", "aclitem", "=r/postgres"),
        Pair("mood", "mood", "happy", "angry"),
        Pair("mood[]", "mood[]", "{happy,sad}", "{angry}"),
        Pair("text", "mood", "sad", "none"),
        Pair("pair", "pair", "(a,1)", "(,)"),
        Pair("text", "pair", "(a,1)", "a"),
        Pair("span", "span", "[1,3)", "empty"),
        Pair("more.hstore", "hstore", "a=>1,b=>NULL", ""),
        Pair("text", "hstore", "a=>1", "a"),
        Pair("more.hstore[]", "hstore[]", "{\"a=>1\"}"),
        Pair("more.citext", "citext", "Ann@X.org"),
        Pair("varchar(40)", "citext", "Ann@X.org"),
        Pair("more.citext", "text", "Ann@X.org"),
        Pair("isbn13", "isbn13", "978-0-393-04002-9"),
        Pair("text", "isbn13", "978-0-393-04002-9", "978-0-393-04002-8"),
        Pair("more.ltree", "ltree", "a.b.c"),
        Pair("score", "score", "5"),
        Pair("score", "smallint", "5", "70000"),
    ]

    /// What the types are made of on each side; `at` is where the extensions are.
    private static func types(extensionsIn schema: String, labels: String) -> String {
        """
        CREATE SCHEMA IF NOT EXISTS more; CREATE TABLE IF NOT EXISTS only_\(schema == "more" ? "here" : "there") (id int);
        CREATE EXTENSION hstore SCHEMA \(schema); CREATE EXTENSION citext SCHEMA \(schema); CREATE EXTENSION ltree SCHEMA \(schema);
        CREATE EXTENSION isn;
        CREATE TYPE mood AS ENUM (\(labels)); CREATE TYPE pair AS (a text, b int); CREATE DOMAIN score AS int;
        CREATE TYPE span AS RANGE (SUBTYPE = integer, MULTIRANGE_TYPE_NAME = spans);
        """
    }

    /// What dblink makes of a value, or that it refuses it.
    private static let dblink = """
        CREATE EXTENSION dblink;
        CREATE FUNCTION by_dblink(conninfo text, query text, declared text) RETURNS text LANGUAGE plpgsql AS $$
        DECLARE
            found text;
        BEGIN
            EXECUTE format('SELECT format(''%%s'', v) FROM dblink(%L, %L) AS t(v %s)', conninfo, query, declared) INTO found;
            RETURN found;
        EXCEPTION WHEN OTHERS THEN
            RETURN 'refused';
        END $$;
        """

    @Test("are those that dblink gives, and those that it refuses are refused by a message that names the column")
    func agree() async throws {
        try await withTenant { scene, source in
            try await source.primary.psql(Self.types(extensionsIn: "more", labels: "'sad', 'happy', 'angry'"))
            try await scene.database.psql(Self.types(extensionsIn: "public", labels: "'happy', 'sad'") + Self.dblink)
            for (number, pair) in Self.pairs.enumerated() {
                let rows = pair.values.indices.map { "('2025-09-01'::date + \($0), :'v\($0)')" }.joined(separator: ", ")
                let variables = Dictionary(uniqueKeysWithValues: pair.values.enumerated().map { ("v\($0)", $1) })
                try await source.primary.psql(
                    "CREATE TABLE given\(number) (day date, v \(pair.source)); INSERT INTO given\(number) VALUES \(rows)",
                    variables: variables)
                try await scene.addReport(
                    "given\(number)", "SELECT day, v FROM given\(number) WHERE day = '{TARGET_DATE}'",
                    columns: "day date, v \(pair.declared)",
                    more: ["day_column": "day", "late_days": "0"])
            }
            try await source.replay()
            let result = try await scene.ingest("2025-09-01", "2025-09-05")
            #expect(result.others.isEmpty, "\(result.others)")
            for (number, pair) in Self.pairs.enumerated() {
                let expected = try await byDblink(number, pair, scene, source)
                let loaded = try await scene.database.psql(
                    "SELECT day, format('%s', v) FROM tenant_a.given\(number)"
                ).split(separator: "\n").map {
                    $0.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                }
                for (index, value) in pair.values.enumerated() {
                    let name = "\(pair.source) to \(pair.declared): \(value)"
                    let day = "2025-09-0\(index + 1)"
                    let entry = try #require(result.days.first { $0.report == "given\(number)" && $0.day == day })
                    if let error = entry.error {
                        #expect(expected[index] == "refused", "\(name): \(error)")
                        let isDrift = error.code == "sourceDrift"
                        #expect(
                            isDrift || error.message.contains("column v") || error.message.contains("columns v"),
                            "\(name): \(error)")
                    } else {
                        #expect(loaded.first { $0[0] == day }?[1] == expected[index], "\(name)")
                    }
                }
            }
            let again = try await scene.ingest("2025-09-01", "2025-09-05")
            #expect(again.totals.unchanged == result.totals.loaded)
            let loaded = Set(result.days.filter { $0.outcome == .loaded }.map { "tenant_a \($0.report) \($0.day) OK" })
            let states = try await scene.verify("2025-09-01", "2025-09-05")
            #expect(loaded.isSubset(of: states), "\(loaded.subtracting(states).sorted())")
        }
    }

    /// A line a value.
    private func byDblink(_ number: Int, _ pair: Pair, _ scene: Scene, _ source: ReplicatedDatabase) async throws
        -> [String]
    {
        try await scene.database.psql(
            """
            SELECT by_dblink(:'conninfo', format('SELECT v FROM given\(number) WHERE day = %L', '2025-09-01'::date + n), :'declared')
            FROM generate_series(0, \(pair.values.count - 1)) n ORDER BY n
            """, variables: ["conninfo": source.standby.conninfo, "declared": pair.declared]
        ).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
