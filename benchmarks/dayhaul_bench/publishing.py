"""How long a publish holds its lock on the partitioned parent, with a year attached to it already."""
from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable
from typing import Any

from .accounting import run_client
from .contenders import Dayhaul, Job
from .dataset import FIRST_DAY
from .log import say
from .measurement import Spread
from .planning import empty_days
from .server import ServerError

_LINE = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \S+ \[(\d+)\] LOG:  duration: ([\d.]+) ms  (?:statement|execute [^:]*): (.*)")


def lock_times(lines: Iterable[str]) -> list[float]:
    """Milliseconds from the begin of each ATTACH PARTITION to the end of its transaction, in a log with every statement's duration.

    The lock is taken somewhere in the first statement and freed in the second: the truth is a little less.
    """
    held_since: dict[str, float] = {}
    found = []
    for line in lines:
        match = _LINE.match(line)
        if not match:
            continue
        ended = datetime.datetime.fromisoformat(match[1]).timestamp() * 1000
        process, duration, statement = match[2], float(match[3]), match[4].lstrip().upper()
        if "ATTACH PARTITION" in statement:
            held_since.setdefault(process, ended - duration)
        if process in held_since and re.search(r"\b(COMMIT|END|ROLLBACK)\b", statement):
            found.append(ended - held_since.pop(process))
    return found


def percentile(values: list[float], share: float) -> float:
    """The least of the values that at least `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def measure(job: Job, attached: int) -> dict[str, Any]:
    """Ingests a dataset into a parent that has `attached` other days, empty ones before its first, and reads the server's log."""
    warehouse = job.fleet.warehouse
    warehouse.psql(f"DROP DATABASE IF EXISTS {job.database} WITH (FORCE);\nCREATE DATABASE {job.database} OWNER loader;")
    try:
        contender = Dayhaul()
        contender.prepare(job)
        days = [FIRST_DAY - datetime.timedelta(days=n) for n in range(attached, 0, -1)]
        say(f"publishing: {job.dataset.day_count} days into a parent with {attached}")
        job.sql(empty_days(job, job.dataset.tenants[0].schema, days))
        # An earlier day in the ledger tells the engine that the parent has days, and must not be made anew.
        job.sql(
            f"INSERT INTO _wh.ledger (schema_name, template_name, day, tenant_name, day_table, rows, bytes, digest, template_version, provisional,"
            f" run_id) SELECT '{job.dataset.tenants[0].schema}', '{job.report.name}', '{days[0]}', '{job.dataset.tenants[0].schema}',"
            f" '{job.report.day_table(days[0])}', 0, 0, repeat('0', 32), '', false, 0")
        job.sql(f"ALTER DATABASE {job.database} SET log_min_duration_statement = 0")
        log = warehouse.directory / "log"
        begin = log.stat().st_size
        run = run_client(contender.command(job, reload=False), 600)
        if run.status != 0:
            raise ServerError(f"dayhaul ingest: exit status {run.status}: {(run.errors or run.output)[-1000:]}")
        with open(log, errors="replace") as file:
            file.seek(begin)
            held = lock_times(file)
        if not held:
            raise ServerError("no ATTACH PARTITION in the server's log")
        spread = Spread.of(held)
        assert spread
        return {
            "attached": attached, "publishes": len(held), "median_ms": spread.median, "p99_ms": percentile(held, 0.99), "most_ms": spread.most}
    finally:
        warehouse.psql(f"DROP DATABASE IF EXISTS {job.database} WITH (FORCE)")
