"""What is replaced: a materialized view a day over dblink, and a view over all of them."""
from __future__ import annotations

from ..accounting import Command
from .base import Contender, Job


def literal(text: str) -> str:
    """A string constant of SQL."""
    return "'" + text.replace("'", "''") + "'"


class Dblink(Contender):
    """One session, a day after the other: DROP and CREATE for an empty warehouse, REFRESH afterwards; the indexes; ANALYZE."""

    name = "dblink"
    title = "dblink materialized views"
    repetitions = {"D": 3, "E": 1}

    def prepare(self, job: Job) -> None:
        job.sql("CREATE EXTENSION dblink")
        job.sql("".join(f"CREATE SCHEMA {tenant.schema} AUTHORIZATION loader;" for tenant in job.dataset.tenants))

    def command(self, job: Job, reload: bool) -> Command:
        report = job.report
        lines = [r"\set ON_ERROR_STOP on"]
        for tenant in job.dataset.tenants:
            # As a role without superuser rights it needs the password in its connection string.
            conninfo = job.source(tenant.database) + f" password={job.fleet.password('reader')} options=-ctimezone=UTC"
            for day in job.dataset.days:
                table = report.day_table(day)
                view = f"{tenant.schema}.{table}"
                if reload:
                    lines.append(f"REFRESH MATERIALIZED VIEW {view};")
                else:
                    lines.append(f"DROP MATERIALIZED VIEW IF EXISTS {view};")
                    lines.append(
                        f"CREATE MATERIALIZED VIEW {view} AS SELECT * FROM dblink({literal(conninfo)}, {literal(report.day_query(day))})"
                        f" AS t({report.column_definitions});")
                    lines += [f"{statement};" for statement in report.index_statements(tenant.schema, table, day)]
                lines.append(f"ANALYZE {view};")
            if not reload:
                branches = " UNION ALL ".join(f"SELECT * FROM {tenant.schema}.{report.day_table(day)}" for day in job.dataset.days)
                lines.append(f"CREATE OR REPLACE VIEW {tenant.schema}.{report.name} AS {branches};")
        script = job.write("run.sql", "\n".join(lines) + "\n")
        return Command(["psql", "-X", "-q", "-d", job.warehouse, "-f", str(script)], job.environment(), job.directory)
