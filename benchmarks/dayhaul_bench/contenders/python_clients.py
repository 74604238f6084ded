"""Peers that are Python packages: each is a program of benchmarks/dayhaul_bench/clients, run by the virtual environment's Python."""
from __future__ import annotations

import json
import os
from pathlib import Path

from ..accounting import Command
from .base import Contender, Job, Tools, finish, partitions

CLIENTS = Path(__file__).resolve().parent.parent / "clients"


class PythonClient(Contender):
    """Gets a file with the work: connections, for each tenant the window's query, SQL to run before and after."""

    uses_python = True
    program: str

    def unavailable(self, tools: Tools) -> str | None:
        return None if tools.python else tools.python_reason

    def command(self, job: Job, reload: bool) -> Command:
        report = job.report
        fleet = job.fleet
        tenants = [
            {
                "source": {
                    "host": "127.0.0.1", "port": fleet.standby.port, "database": tenant.database, "user": "reader",
                    "password": fleet.password("reader")},
                "query": report.window_query(job.dataset.days),
                "schema": f"{tenant.schema}_new", "table": report.name,
                "begin": f"CREATE SCHEMA {tenant.schema}_new;\n" + partitions(job, f"{tenant.schema}_new"),
                "finish": finish(job, f"{tenant.schema}_new", tenant.schema),
            } for tenant in job.dataset.tenants]
        warehouse = {
            "host": "127.0.0.1", "port": fleet.warehouse.port, "database": job.database, "user": "loader",
            "password": fleet.password("loader")}
        work = {"warehouse": warehouse, "tenants": tenants, "columns": report.columns, "at_once": os.cpu_count()}
        path = job.write("work.json", json.dumps(work))
        environment = job.environment() | {
            "RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(job.directory / "dlt"), "PYTHONDONTWRITEBYTECODE": "1"}
        return Command([str(job.tools.python), str(CLIENTS / self.program), str(path)], environment, job.directory)


class Asyncpg(PythonClient):
    """Binary COPY from one connection to the other through a queue; as many tenants at once as there are cores."""

    name = "asyncpg"
    title = "asyncpg, binary COPY of the window"
    program = "with_asyncpg.py"


class DuckDB(PythonClient):
    """DuckDB's postgres extension: the report's query over the attached source, in DuckDB, into the attached warehouse."""

    name = "duckdb"
    title = "DuckDB, postgres extension"
    program = "with_duckdb.py"
    is_slow = True


class ConnectorxAdbc(PythonClient):
    """The query to Arrow with connectorx, Arrow to a table with ADBC; numerics as text, which connectorx would round."""

    name = "connectorx"
    title = "connectorx → ADBC"
    program = "with_connectorx.py"
    is_slow = True


class Dlt(PythonClient):
    """A dlt pipeline that is given connectorx' Arrow tables; numerics as text. An empty text becomes NULL on the way."""

    name = "dlt"
    title = "dlt (connectorx, Arrow)"
    program = "with_dlt.py"
    letters = "ABCDE"  # its CSV files take no binary columns
    is_slow = True
