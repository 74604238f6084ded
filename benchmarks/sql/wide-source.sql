-- Wide and hostile rows: long texts with every awkward character, many nulls, numerics beyond any machine type.
--   psql -v first_day=2025-09-01 -v days=5 -v rows_per_day=5000 -f wide-source.sql
\set ON_ERROR_STOP on
BEGIN;
CREATE TABLE wide_event (
    id         bigint PRIMARY KEY,
    happened   timestamptz NOT NULL,
    kind       text,
    note       text,
    document   text,
    amount     numeric,
    precise    numeric,
    huge       numeric,
    ratio      double precision,
    is_open    boolean,
    tag_1 text, tag_2 text, tag_3 text, tag_4 text, tag_5 text, tag_6 text,
    value_1 numeric, value_2 numeric, value_3 numeric, value_4 numeric,
    count_1 integer, count_2 integer, count_3 bigint, count_4 smallint,
    due        date,
    raw        bytea
);
INSERT INTO wide_event
SELECT n,
       (:'first_day' || ' 00:00:00+00')::timestamptz + make_interval(days => (n - 1) / :rows_per_day)
           + make_interval(secs => ((hashint4(n * 13) & 2147483647) % 86400000) / 1000.0),
       CASE WHEN n % 10 < 4 THEN 'usual' WHEN n % 997 = 0 THEN 'rare' ELSE 'kind ' || n % 60 END,
       -- 0 to 2 kB, with quotes, tabs, newlines, backslashes, COPY's own \. and \N, and characters of one to four bytes.
       CASE WHEN n % 5 = 0 THEN NULL WHEN n % 5 = 1 THEN ''
            ELSE repeat(E'"quoted", it''s\ttabbed\\ and\nbroken\r\\N \\. é漢😀 ' || md5(n::text), 1 + n % 24) END,
       CASE WHEN n % 3 = 0 THEN NULL ELSE '{"n": ' || n || ', "text": "' || repeat(md5((n * 3)::text), n % 12) || '"}' END,
       CASE WHEN n % 7 = 0 THEN NULL ELSE (hashint4(n) / 100.0)::numeric(14,2) END,
       CASE WHEN n % 4 = 0 THEN NULL ELSE (n * 1234567.000000000000000000000001 + hashint4(n))::numeric / 7 END,
       CASE WHEN n % 50 = 0 THEN 'NaN' WHEN n % 2 = 0 THEN NULL ELSE ('9' || repeat((n % 10)::text, n % 120) || '.' || n || '000')::numeric END,
       CASE WHEN n % 6 = 0 THEN NULL ELSE hashint4(n) / 3.0::double precision END,
       CASE WHEN n % 9 = 0 THEN NULL ELSE n % 2 = 0 END,
       CASE WHEN n % 2 = 0 THEN 'tag ' || n % 100 END, CASE WHEN n % 3 = 0 THEN 'tag ' || n % 1000 END, CASE WHEN n % 5 = 0 THEN 'x' END,
       CASE WHEN n % 11 = 0 THEN md5(n::text) END, NULL, CASE WHEN n % 101 = 0 THEN 'seldom' END,
       CASE WHEN n % 2 = 0 THEN n / 3.0 END, CASE WHEN n % 3 = 0 THEN -n * 0.0000001 END, CASE WHEN n % 7 = 0 THEN n::numeric ^ 9 END, NULL,
       CASE WHEN n % 2 = 0 THEN n END, CASE WHEN n % 13 = 0 THEN -n END, CASE WHEN n % 4 = 0 THEN n * 4294967296 END, (n % 30000)::smallint,
       CASE WHEN n % 3 <> 0 THEN date '2025-01-01' + n % 400 END,
       CASE WHEN n % 8 = 0 THEN decode(md5(n::text), 'hex') END
FROM generate_series(1, :days * :rows_per_day) n;
CREATE INDEX wide_event_happened ON wide_event (happened);
COMMIT;
ANALYZE;
