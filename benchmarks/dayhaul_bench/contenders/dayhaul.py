"""dayhaul itself."""
from __future__ import annotations

import os
import subprocess

from ..accounting import Command
from ..server import ServerError
from .base import Contender, Job, Tools


class Dayhaul(Contender):
    """The release build, `dayhaul ingest` of the window with its default settings."""

    name = "dayhaul"
    title = "dayhaul ingest"

    def unavailable(self, tools: Tools) -> str | None:
        return None if os.access(tools.dayhaul, os.X_OK) else f"{tools.dayhaul} is missing: make build"

    def environment(self, job: Job) -> dict[str, str]:
        return job.environment() | {
            "DAYHAUL_WAREHOUSE": job.warehouse, "DAYHAUL_KEY_FILE": str(job.directory / "key"),
            "DAYHAUL_SPILL_DIRECTORY": str(job.directory / "spill"), "DAYHAUL_LOG_LEVEL": "error"}

    def prepare(self, job: Job) -> None:
        self._run(job, "init")
        password = job.write("reader-password", job.fleet.password("reader"))
        for tenant in job.dataset.tenants:
            self._run(
                job, "tenant", "add", tenant.schema, "--host", "127.0.0.1", "--port", str(job.fleet.standby.port), "--dbname",
                tenant.database, "--username", "reader", "--sslmode", "disable", "--password-file", str(password))
        job.sql(job.report.file.read_text())

    def command(self, job: Job, reload: bool) -> Command:
        days = job.dataset.days
        return Command(
            [str(job.tools.dayhaul), "ingest", "--from", str(days[0]), "--to", str(days[-1]), "--json"], self.environment(job), job.directory)

    def _run(self, job: Job, *arguments: str) -> None:
        result = subprocess.run(
            [job.tools.dayhaul, *arguments], env=self.environment(job), cwd=job.directory, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, start_new_session=True)
        if result.returncode != 0:
            raise ServerError(f"dayhaul {arguments[0]}: {result.stderr.strip()}")
