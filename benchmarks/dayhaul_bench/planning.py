"""How long the planner needs for queries on the views, with many tenants and days."""
from __future__ import annotations

import datetime
import json
import statistics
from collections.abc import Iterator
from typing import Any

from .contenders import Dayhaul, Job
from .dataset import FIRST_DAY
from .log import say
from .server import Server

# What publishing makes (Sources/Warehouse/Publish), without rows: the parent and each day's table with its indexes. Then the engine's own
# functions make the views.
_PARENT = """
INSERT INTO _wh.tenant_connections (tenant_name, host, dbname, username, password)
VALUES ('{schema}', '127.0.0.1', 'none', 'none', 'dayhaul1:0000000000000000:AAAA') ON CONFLICT DO NOTHING;
INSERT INTO _wh.target_schemas VALUES ('{schema}', '{schema}') ON CONFLICT DO NOTHING;
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE {schema}.{report}_days ({columns}) PARTITION BY RANGE ({day_column});
INSERT INTO _wh.report_targets (schema_name, template_name, days_table, columns, types, day_column, time_zone)
VALUES ('{schema}', '{report}', '{report}_days', ARRAY[{names}], ARRAY[{types}], '{day_column}', 'UTC');
SELECT _wh.ensure_tenant_view('{schema}', '{report}');
"""
_DAY = """
CREATE TABLE {schema}.{table} (LIKE {schema}.{report}_days,
    CONSTRAINT day_bounds CHECK ({day_column} IS NOT NULL AND {day_column} >= '{day} 00:00+00' AND {day_column} < '{end} 00:00+00'));
{indexes};
ALTER TABLE {schema}.{report}_days ATTACH PARTITION {schema}.{table} FOR VALUES FROM ('{day} 00:00+00') TO ('{end} 00:00+00');
"""


def empty_days(job: Job, schema: str, days: list[datetime.date]) -> str:
    """SQL that makes a parent with empty days attached, and the tenant's view."""
    report = job.report
    names = ", ".join(f"'{name}'" for name, _ in report.columns)
    types = ", ".join(f"'{_full_type(kind)}'" for _, kind in report.columns)
    text = [_PARENT.format(
        schema=schema, report=report.name, columns=report.column_definitions, names=names, types=types, day_column=report.day_column)]
    for day in days:
        table = report.day_table(day)
        text.append(_DAY.format(
            schema=schema, report=report.name, table=table, day_column=report.day_column, day=day, end=day + datetime.timedelta(days=1),
            indexes=";\n".join(report.index_statements(schema, table, day))))
    return "SET client_min_messages = warning;\nBEGIN;\nSET LOCAL ROLE dayhaul;\n" + "".join(text) + "COMMIT;\n"


def _full_type(kind: str) -> str:
    return {"timestamptz": "timestamp with time zone"}.get(kind, kind)


def measure(job: Job, tenants: int, day_count: int) -> dict[str, Any]:
    """Milliseconds that EXPLAIN says planning took: the first query of a session, and the median of those after it; medians of 5 sessions."""
    warehouse = job.fleet.warehouse
    warehouse.psql(f"DROP DATABASE IF EXISTS {job.database} WITH (FORCE);\nCREATE DATABASE {job.database} OWNER loader;")
    try:
        Dayhaul().prepare(job)
        days = [FIRST_DAY + datetime.timedelta(days=n) for n in range(day_count)]
        say(f"planning: making {tenants} tenants × {day_count} empty days")
        for number in range(1, tenants + 1):
            warehouse.psql(empty_days(job, f"planned_{number:03}", days), job.database)
        job.sql(f"SET ROLE dayhaul; SELECT _wh.ensure_public_view('{job.report.name}'); RESET ROLE; VACUUM ANALYZE pg_catalog.pg_class")
        day, schema = days[len(days) // 2], f"planned_{(tenants + 1) // 2:03}"
        one_day = f"logged_time >= '{day} 00:00+00' AND logged_time < '{day + datetime.timedelta(days=1)} 00:00+00'"
        one_tenant = f"schema_name = '{schema}'"
        public = f"SELECT count(*) FROM public.{job.report.name} WHERE "
        queries = {
            "one day": public + one_day, "one day, one tenant": f"{public}{one_day} AND {one_tenant}",
            "one tenant, all days": public + one_tenant,
            "the tenant's own view, one day": f"SELECT count(*) FROM {schema}.{job.report.name} WHERE {one_day}",
        }
        return {"tenants": tenants, "days": day_count, "queries": {name: _time(warehouse, job.database, q) for name, q in queries.items()}}
    finally:
        say("planning: removing its database")
        warehouse.psql(f"DROP DATABASE IF EXISTS {job.database} WITH (FORCE)")


def _time(warehouse: Server, database: str, query: str) -> dict[str, float]:
    first, later = [], []
    for _ in range(5):
        text = warehouse.psql(f"EXPLAIN (FORMAT JSON, SUMMARY) {query};\n" * 8, database)
        milliseconds = [plan["Planning Time"] for plan in _plans(text)]
        first.append(milliseconds[0])
        later.append(statistics.median(milliseconds[1:]))
    return {"first_ms": statistics.median(first), "later_ms": statistics.median(later)}


def _plans(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    place = 0
    while place < len(text):
        value, place = decoder.raw_decode(text, place)
        yield value[0]
        while place < len(text) and text[place].isspace():
            place += 1
