"""What all contenders have in common."""
from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..accounting import Command
from ..dataset import Dataset, Report
from ..fleet import Fleet


@dataclass(frozen=True)
class Tools:
    """Programs that are measured."""

    dayhaul: Path
    python: Path | None  # of the virtual environment with the peers; None when there is none
    python_reason: str  # why there is none


@dataclass(frozen=True)
class Job:
    """A contender's work: a dataset, into a database of the warehouse."""

    fleet: Fleet
    dataset: Dataset
    report: Report
    database: str
    directory: Path  # of its own, 0700; kept between preparation and measurements
    tools: Tools

    @property
    def warehouse(self) -> str:
        """Keywords of the warehouse without the password, which is in PGPASSFILE."""
        return self.fleet.warehouse.conninfo(self.database, "loader")

    def source(self, database: str) -> str:
        """Keywords of a tenant's standby without the password, which is in PGPASSFILE."""
        return self.fleet.standby.conninfo(database, "reader")

    def sql(self, text: str) -> str:
        """Runs SQL in the warehouse as the superuser; for set-up."""
        return self.fleet.warehouse.psql(text, self.database)

    def write(self, name: str, text: str) -> Path:
        """A file that only the caller can read, in the job's directory."""
        path = self.directory / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        return path

    def environment(self) -> dict[str, str]:
        """What every client gets: fixed locale and time zone, and the passwords by way of a file."""
        fleet = self.fleet
        passfile = self.write(
            "passfile",
            f"127.0.0.1:{fleet.warehouse.port}:*:loader:{fleet.password('loader')}\n"
            f"127.0.0.1:{fleet.warehouse.port}:*:postgres:{fleet.warehouse.password}\n"
            f"127.0.0.1:{fleet.standby.port}:*:reader:{fleet.password('reader')}\n")
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC", "PGTZ": "UTC",
            "HOME": str(self.directory), "PGPASSFILE": str(passfile), "PGSSLMODE": "disable", "PGGSSENCMODE": "disable",
            "PGOPTIONS": "-c client_min_messages=warning",
        }

    def bash(self, script: str) -> Command:
        """A shell script as a client."""
        path = self.write("run.sh", "set -euo pipefail\n" + script)
        return Command(["bash", str(path)], self.environment(), self.directory)


class Contender:
    """Does the work in one way. Everything but the command is outside of the measured time."""

    name: str
    title: str
    letters = "ABCDEF"  # workloads that it takes part in
    repetitions: dict[str, int] = {"E": 3}  # at most, by workload's letter; the others as often as asked
    is_slow = False  # measured once only, three times in A

    def limit(self, letter: str) -> int:
        """How often it is measured in a workload, at most."""
        if self.is_slow:
            return 3 if letter == "A" else 1
        return self.repetitions.get(letter, 1_000)

    def unavailable(self, tools: Tools) -> str | None:
        """Why it cannot be run; None when it can."""
        return None

    def prepare(self, job: Job) -> None:
        """Sets it up in a new database that holds nothing, whose owner is `loader`."""

    def prepare_files(self, job: Job) -> None:
        """Writes what the command needs beside the database."""

    def command(self, job: Job, reload: bool) -> Command:
        """What is measured: a load into the prepared database or, with `reload`, again into one that was loaded."""
        raise NotImplementedError


def partitions(job: Job, schema: str, name: str | None = None) -> str:
    """SQL that makes a parent partitioned by day, and a partition for each day."""
    report, days = job.report, job.dataset.days
    parent = f"{schema}.{name or report.name}"
    statements = [f"CREATE TABLE {parent} ({report.column_definitions}) PARTITION BY RANGE ({report.day_column})"]
    for day in days:
        end = day.fromordinal(day.toordinal() + 1)
        statements.append(
            f"CREATE TABLE {schema}.{report.day_table(day)} PARTITION OF {parent}"
            f" FOR VALUES FROM ('{day} 00:00+00') TO ('{end} 00:00+00')")
    return ";\n".join(statements) + ";\n"


def finish(job: Job, schema: str, final: str) -> str:
    """SQL that indexes and analyses each partition of `schema`, then puts the schema in the place of `final` in one transaction."""
    statements: list[str] = []
    for day in job.dataset.days:
        table = job.report.day_table(day)
        statements += job.report.index_statements(schema, table, day)
        statements.append(f"ANALYZE {schema}.{table}")
    if schema != final:
        statements += ["BEGIN", f"DROP SCHEMA IF EXISTS {final} CASCADE", f"ALTER SCHEMA {schema} RENAME TO {final}", "COMMIT"]
    return ";\n".join(statements) + ";\n"
