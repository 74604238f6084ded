"""Whether the planner knows a day's table as well as after a full ANALYZE."""
from __future__ import annotations

import json
from typing import Any

from .dataset import Dataset, Report
from .server import Server

# Makes predicates out of a column's own values, and asks the planner and the table how many rows each has. {analyze} comes between
# two such tables of estimates; the transaction is rolled back.
_SCRIPT = r"""
BEGIN;
CREATE TEMPORARY TABLE predicates (place serial, predicate text, actual bigint, own float, full_analyze float);
CREATE FUNCTION pg_temp.estimate(predicate text) RETURNS float LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT * FROM {table} WHERE ' || predicate INTO plan;
    RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END $$;
CREATE FUNCTION pg_temp.add_predicates(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Equality with the most and the least frequent value and one between; the days' bounds and other ranges by quantiles; NULL.
    EXECUTE format($q$
        INSERT INTO predicates (predicate)
        SELECT format('%%I = %%L', %1$L, v) FROM (
            SELECT v, n, row_number() OVER (ORDER BY n DESC, v) AS first, row_number() OVER (ORDER BY n, v) AS last, count(*) OVER () AS all_of_them
            FROM (SELECT %1$I AS v, count(*) AS n FROM {table} WHERE %1$I IS NOT NULL GROUP BY 1) frequencies) ranked
        WHERE first IN (1, 2, (all_of_them + 1) / 2) OR last IN (1, 2)$q$, name);
    EXECUTE format($q$
        INSERT INTO predicates (predicate)
        SELECT format('%%1$I >= %%2$L AND %%1$I < %%3$L', %1$L, q[i], q[i + w]) FROM
            (SELECT percentile_disc(ARRAY[0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1]) WITHIN GROUP (ORDER BY %1$I) AS q FROM {table}) quantiles,
            generate_series(1, 9) i, generate_series(1, 3) w WHERE i + w <= 9 AND q[i] < q[i + w]$q$, name);
    INSERT INTO predicates (predicate) SELECT format('%I IS NULL', name);
END $$;
SELECT pg_temp.add_predicates(name) FROM unnest(ARRAY[{columns}]) name;
CREATE FUNCTION pg_temp.count_rows(predicate text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN EXECUTE 'SELECT count(*) FROM {table} WHERE ' || predicate INTO n; RETURN n; END $$;
UPDATE predicates SET own = pg_temp.estimate(predicate), actual = pg_temp.count_rows(predicate);
ANALYZE {table};
UPDATE predicates SET full_analyze = pg_temp.estimate(predicate);
SELECT json_agg(json_build_object('predicate', predicate, 'actual', actual, 'own', own, 'full', full_analyze) ORDER BY place) FROM predicates;
ROLLBACK;
"""


def q_error(one: float, other: float) -> float:
    """How far two numbers of rows are apart, as a factor of at least 1; less than one row counts as one."""
    one, other = max(one, 1), max(other, 1)
    return max(one / other, other / one)


def compare(warehouse: Server, database: str, dataset: Dataset, report: Report) -> dict[str, Any]:
    """The largest q-errors over a few predicates on the indexed columns of a day in the middle: the contender's own statistics against
    those of a full ANALYZE, and both against the rows that there are."""
    day = dataset.days[len(dataset.days) // 2]
    table = f"{dataset.tenants[0].schema}.{report.day_table(day)}"
    columns = ", ".join(f"'{name}'" for name in report.indexed_columns)
    text = warehouse.psql(_SCRIPT.replace("{table}", table).replace("{columns}", columns), database)
    found = json.loads(text[text.index("["):])
    worst = max(found, key=lambda row: q_error(row["own"], row["full"]))
    return {
        "table": table, "predicates": len(found),
        "own_to_full": q_error(worst["own"], worst["full"]), "worst": worst,
        "own_to_actual": max(q_error(row["own"], row["actual"]) for row in found),
        "full_to_actual": max(q_error(row["full"], row["actual"]) for row in found),
    }
