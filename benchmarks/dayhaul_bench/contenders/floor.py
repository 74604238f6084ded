"""No contender: the least that the servers have to do."""
from __future__ import annotations

import os

from ..accounting import Command
from .base import Contender, Job


class Floor(Contender):
    """The source sends the narrow columns of its tables to nobody, while the warehouse takes ready files into day tables, indexes and
    analyses them, in as many sessions as there are cores. Nobody joins, encodes, compares or publishes."""

    name = "floor"
    title = "floor"
    letters = "AE"

    # What the native report reads: Sources/Reports/FoodLogStats.
    _TABLES = {
        "phood_region": "id, name", "phood_location": "id, name, region_id", "phood_station": "id, name", "phood_actiontaken": "id, name",
        "phood_actionreason": "id, name", "phood_foodcategory": "id, name", "phood_pan": "id, name, average_weight",
        "phood_inventoryitem": "id, name, client_id, food_category_id, cost_per_lb, target_weight, price_per_lb",
        "phood_menuitem": "inventory_item_id, location_id, station_id",
        "phood_foodlogsum": "id, location_id, inventory_item_id, pan_id, action_taken_id, action_reason_id, validation_status, quantity,"
                            " logged_time, flags",
    }

    def _files(self, job: Job) -> str:
        return str(job.fleet.directory / "files" / job.dataset.name)

    def prepare(self, job: Job) -> None:
        # Where the warehouse's server can read them itself.
        directory = job.fleet.directory / "files" / job.dataset.name
        directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        for tenant in job.dataset.tenants:
            days = [(day, directory / f"{tenant.schema}_{day}") for day in job.dataset.days]
            job.fleet.standby.psql(
                "".join(f"\\copy ({' '.join(job.report.day_query(day).split())}) TO '{file}' (FORMAT binary)\n" for day, file in days),
                tenant.database)
            for _, file in days:
                file.chmod(0o644)
        job.sql("".join(f"CREATE SCHEMA {tenant.schema};" for tenant in job.dataset.tenants))

    def command(self, job: Job, reload: bool) -> Command:
        report, cores = job.report, os.cpu_count() or 1
        loads: list[list[str]] = [[] for _ in range(cores)]
        reads: list[str] = []
        days = job.dataset.days
        end = days[-1].fromordinal(days[-1].toordinal() + 1)
        for tenant in job.dataset.tenants:
            script = "".join(
                f"COPY (SELECT {columns} FROM {table}"
                + (f" WHERE logged_time >= '{days[0]}' AND logged_time < '{end}'" if table == "phood_foodlogsum" else "")
                + ") TO STDOUT (FORMAT binary);\n" for table, columns in self._TABLES.items())
            job.write(f"read_{tenant.schema}.sql", script)
            reads.append(f"psql -X -q -v ON_ERROR_STOP=1 -d '{job.source(tenant.database)}' -f read_{tenant.schema}.sql >/dev/null")
            for number, day in enumerate(days):
                table = f"{tenant.schema}.{report.day_table(day)}"
                statements = [
                    "BEGIN", f"CREATE TABLE {table} ({report.column_definitions})",
                    f"COPY {table} FROM '{self._files(job)}/{tenant.schema}_{day}' (FORMAT binary, FREEZE)",
                    *report.index_statements(tenant.schema, report.day_table(day), day), f"ANALYZE {table}", "COMMIT"]
                loads[number % cores].append(";\n".join(statements) + ";\n")
        commands = [" && ".join(reads)]
        superuser = job.fleet.warehouse.conninfo(job.database)
        for number, statements in enumerate(loads):
            job.write(f"load_{number}.sql", "".join(statements))
            commands.append(f"psql -X -q -v ON_ERROR_STOP=1 -d '{superuser}' -f load_{number}.sql")
        background = "\n".join(f"{{ {command}; }} & processes+=($!)" for command in commands)
        return job.bash(f"processes=()\n{background}\nfor process in \"${{processes[@]}}\"; do wait \"$process\"; done\n")
