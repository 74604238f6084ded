import TestKit

/// The operational tables of a food-log tenant, from the project's own scripts.
enum FoodLogSource {
    /// The project's `sql` directory.
    static let scripts = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 } + "/sql"

    /// Makes and fills the tables.
    static func fill(_ database: TestDatabase, firstDay: String, days: Int, rowsPerDay: Int, seed: Int = 1) async throws {
        try await database.psql(file: "\(scripts)/tenant-source/schema.sql")
        try await database.psql(
            file: "\(scripts)/tenant-source/generate.sql",
            variables: [
                "seed": "\(seed)", "first_day": firstDay, "days": "\(days)", "rows_per_day": "\(rowsPerDay)", "menu_copies": "2",
            ])
    }

    /// Lets the tables hold what a careless source holds, and puts it there: dangling and missing ids, repeated menu rows, several
    /// stations or none for an item, odd texts and numbers, rows at the edges of days and at the changes of the clock.
    static let oddRows = #"""
        DO $$ DECLARE c record; BEGIN
            FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint WHERE contype = 'f' LOOP
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname);
            END LOOP;
        END $$;
        ALTER TABLE phood_foodlogsum ALTER quantity TYPE numeric;
        ALTER TABLE phood_pan ALTER average_weight TYPE numeric, ALTER name DROP NOT NULL;
        ALTER TABLE phood_inventoryitem ALTER cost_per_lb TYPE numeric, ALTER target_weight TYPE numeric, ALTER price_per_lb TYPE numeric;
        ALTER TABLE phood_station ALTER name DROP NOT NULL;
        ALTER TABLE phood_menuitem ALTER inventory_item_id DROP NOT NULL, ALTER location_id DROP NOT NULL;

        CREATE TEMP TABLE odd_text AS SELECT n::int, t FROM unnest(ARRAY[
            '', ' ', E'tab\tnew\nline\r', '''', '"', '\', '\N', '\.', 'NULL', ',;|', '{"a": [1, "\u00e9"]}', E'\x01\x7f', '👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
            E'e\u0301 \u00e9', E'\uFEFFbom', E'\u202Ertl', 'ﷺ', repeat('x', 10000), repeat('é👍', 1500)]) WITH ORDINALITY AS u(t, n);
        CREATE TEMP TABLE odd_number AS SELECT n::int, v::numeric FROM unnest(ARRAY[
            'NaN', 'Infinity', '-Infinity', '0', '0.000', '-0.5', '1e-30', '123456789012345678901234567890.123456789', '1e300', '100.00',
            '-99999.99999', '0.0001', '9999', '10000', '99999999.9999']) WITH ORDINALITY AS u(v, n);

        INSERT INTO phood_station SELECT 100 + n, t FROM odd_text;
        INSERT INTO phood_station VALUES (200, NULL), (-7, 'negative'), (2000000000, 'huge');
        INSERT INTO phood_location SELECT 100 + n, t, n FROM odd_text;
        INSERT INTO phood_pan SELECT 100 + n, NULL, v FROM odd_number;
        INSERT INTO phood_inventoryitem SELECT 2000 + t.n, t.t, t.t, 1 + t.n % 30, v.v, v.v, NULL FROM odd_text t JOIN odd_number v ON v.n = 1 + t.n % 15;
        INSERT INTO phood_menuitem SELECT 1000000 + row_number() OVER (), i, l, s, '2025-01-01' FROM
            generate_series(2001, 2010) i, generate_series(101, 110) l, unnest(ARRAY[NULL, 1, 1, 101, 105, 200, -7, 2000000000, 999, NULL]) s
            WHERE (i + l) % 3 > 0;
        INSERT INTO phood_menuitem VALUES (3000001, NULL, 1, 1, '2025-01-01'), (3000002, 1, NULL, 1, '2025-01-01'), (3000003, 5, 5, 999, '2025-01-01');

        CREATE TEMP TABLE edge AS
        SELECT at FROM unnest(ARRAY['2024-03-08', '2024-03-09', '2024-03-10', '2024-03-11', '2024-03-12', '2024-03-13',
                '2024-11-02', '2024-11-03', '2024-11-04', '2024-11-05']) d, unnest(ARRAY['UTC', 'America/Chicago']) zone,
            LATERAL (VALUES (d::timestamp AT TIME ZONE zone), ((d::timestamp AT TIME ZONE zone) - interval '1 microsecond')) AS v(at)
        UNION ALL SELECT generate_series('2024-03-09 05:00+00'::timestamptz, '2024-03-12 07:00+00', '30 minutes')
        UNION ALL SELECT generate_series('2024-11-02 04:00+00'::timestamptz, '2024-11-05 08:00+00', '30 minutes')
        UNION ALL VALUES ('infinity'::timestamptz), ('-infinity');
        INSERT INTO phood_foodlogsum
        SELECT 1000000 + row_number() OVER (), l, i, p, a, 1 + a, t.t, v.v, e.at, t.t
        FROM (SELECT at, row_number() OVER () AS n FROM edge) e JOIN odd_text t ON t.n = 1 + e.n % 19 JOIN odd_number v ON v.n = 1 + e.n % 15,
            LATERAL (SELECT 100 + e.n % 30 AS l, 1999 + e.n % 22 AS i, 99 + e.n % 18 AS p, nullif(e.n % 7, 0) AS a) ids;
        -- Every quantity less every weight.
        INSERT INTO phood_foodlogsum
        SELECT 2000000 + row_number() OVER (), 101 + q.n % 5, NULL, 100 + w.n, NULL, NULL, NULL, q.v, '2024-03-10 12:00+00', NULL
        FROM odd_number q, odd_number w;
        """#
}
