"""sling, a program for moving tables."""
from __future__ import annotations

from pathlib import Path

from ..accounting import Command
from .base import Contender, Job, Tools, finish, partitions


class Sling(Contender):
    """One `sling run` a tenant: the window's query into day partitions that are there (mode truncate); indexes and ANALYZE by psql."""

    name = "sling"
    title = "sling, the window"
    is_slow = True
    uses_python = True

    def _program(self, tools: Tools) -> Path | None:
        found = tools.python.parent.parent.glob("lib/python*/site-packages/sling_linux_*/bin/sling-linux-*") if tools.python else []
        return next(iter(found), None)

    def unavailable(self, tools: Tools) -> str | None:
        if not tools.python:
            return tools.python_reason
        return None if self._program(tools) else "there is no package with its program for this machine"

    def command(self, job: Job, reload: bool) -> Command:
        report, fleet = job.report, job.fleet
        program = self._program(job.tools)
        assert program
        program.chmod(0o755)
        names = ", ".join(f'"{name}"' for name, _ in report.columns)
        lines = []
        urls = {
            "WAREHOUSE": f"postgresql://loader:{fleet.password('loader')}@127.0.0.1:{fleet.warehouse.port}/{job.database}?sslmode=disable"}
        for number, tenant in enumerate(job.dataset.tenants):
            staging = f"{tenant.schema}_new"
            urls[f"SOURCE{number}"] = (
                f"postgresql://reader:{fleet.password('reader')}@127.0.0.1:{fleet.standby.port}/{tenant.database}?sslmode=disable")
            job.write(f"begin_{number}.sql", f"CREATE SCHEMA {staging};\n" + partitions(job, staging))
            job.write(f"finish_{number}.sql", finish(job, staging, tenant.schema))
            job.write(f"query_{number}.sql", f"SELECT {names} FROM ({report.window_query(job.dataset.days)}) window_rows")
            lines += [
                f"sql begin_{number}.sql",
                f"'{program}' run --src-conn SOURCE{number} --src-stream file://query_{number}.sql --tgt-conn WAREHOUSE"
                f" --tgt-object {staging}.{report.name} --mode truncate",
                f"sql finish_{number}.sql"]
        command = job.bash(f"sql() {{ psql -X -q -v ON_ERROR_STOP=1 -d '{job.warehouse}' -f \"$1\"; }}\n" + "\n".join(lines) + "\n")
        environment = command.environment | urls | {"SLING_DISABLE_TELEMETRY": "true", "SLING_HOME_DIR": str(job.directory / "sling")}
        return Command(command.arguments, environment, command.directory)
