"""pgcopydb copies databases; the report is then made in the warehouse."""
from __future__ import annotations

import shutil

from ..accounting import Command
from .base import Contender, Job, Tools, finish, partitions


class Pgcopydb(Contender):
    """`pgcopydb clone` of the whole source database into the warehouse's schema public, then INSERT … SELECT of the report's query there,
    as nothing smaller than a table can be copied with it."""

    name = "pgcopydb"
    title = "pgcopydb, query in the warehouse"
    is_slow = True

    def unavailable(self, tools: Tools) -> str | None:
        return None if shutil.which("pgcopydb") else "it is not installed: apt-get install pgcopydb"

    def prepare(self, job: Job) -> None:
        job.sql("ALTER SCHEMA public OWNER TO loader")

    def command(self, job: Job, reload: bool) -> Command:
        report, fleet = job.report, job.fleet
        names = ", ".join(name for name, _ in report.columns)
        target = f"postgres://loader@127.0.0.1:{fleet.warehouse.port}/{job.database}?sslmode=disable"
        lines = [
            f"sql() {{ psql -X -q -v ON_ERROR_STOP=1 -d '{job.warehouse}' -f \"$1\"; }}", f"export PGCOPYDB_TARGET_PGURI='{target}'"]
        for number, tenant in enumerate(job.dataset.tenants):
            staging = f"{tenant.schema}_new"
            source = f"postgres://reader@127.0.0.1:{fleet.standby.port}/{tenant.database}?sslmode=disable"
            job.write(
                f"report_{number}.sql",
                f"CREATE SCHEMA {staging};\n" + partitions(job, staging)
                + f"INSERT INTO {staging}.{report.name} ({names})\n{report.window_query(job.dataset.days)};\n"
                + finish(job, staging, tenant.schema) + "DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n")
            lines += [
                f"export PGCOPYDB_SOURCE_PGURI='{source}'",
                "rm -rf pgcopydb",
                "pgcopydb clone --dir pgcopydb --table-jobs 2 --index-jobs 2 --no-owner --no-acl --no-comments --skip-large-objects"
                " --skip-extensions --not-consistent",
                f"sql report_{number}.sql"]
        return job.bash("\n".join(lines) + "\n")
