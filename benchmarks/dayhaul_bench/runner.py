"""Carries the measurements out: rounds of all workloads and contenders, one after the other, nothing beside them."""
from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from . import estimates
from .accounting import cluster_usage, run_client, settle
from .contenders import Contender, Job
from .contenders.base import Tools
from .dataset import Dataset, Report, column_hash_query, row_hash_query
from .fleet import Fleet
from .log import elapsed, say
from .measurement import Measurement, Results
from .server import ServerError
from .workload import Workload

# Seconds after which a client is killed.
_CLIENT_DEADLINE = 900.0


def _short(text: str) -> str:
    return " ".join(text.split())[:600]


class Runner:
    """Every repetition begins in a copy of a database that was prepared, or loaded, before."""

    def __init__(
        self, fleet: Fleet, contenders: list[Contender], tools: Tools, results: Results, save: Callable[[], None], budget: float
    ) -> None:
        self.fleet = fleet
        self.contenders = contenders
        self.tools = tools
        self.results = results
        self.save = save
        self.budget = budget  # seconds since the program began
        self.scratch = fleet.directory / "scratch"
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(mode=0o700)
        self._reports: dict[str, Report] = {}
        self._wanted: dict[tuple[str, bool], list[str]] = {}
        self._failed: set[tuple[str, str]] = set()  # contender, dataset
        self._databases: set[str] = set()
        self._slowest: dict[tuple[str, str], float] = {}

    def run(self, workloads: list[Workload], repetitions: int) -> None:
        """All repetitions; those that the budget leaves no time for are left out, slow contenders' first."""
        try:
            for repetition in range(repetitions):
                for workload in workloads:
                    self._round(workload, repetition, workloads)
                self.save()
        finally:
            for database in sorted(self._databases):
                self._drop(database)

    # A workload of a round

    def _round(self, workload: Workload, repetition: int, workloads: list[Workload]) -> None:
        turn = repetition % len(self.contenders)
        present = [
            contender for contender in self.contenders[turn:] + self.contenders[:turn]
            if workload.letter in contender.letters and repetition < contender.limit(workload.letter)
            and (contender.name, workload.dataset.name) not in self._failed and self._has_time(workload, contender)
        ]
        if not present:
            return
        needs_loaded = any(not w.starts_empty and w.dataset is workload.dataset for w in workloads)
        if not workload.starts_empty:
            for contender in present:
                self._ensure_loaded(contender, workload)
            present = [c for c in present if (c.name, workload.dataset.name) not in self._failed]
        if not workload.has_changes:
            for contender in present:
                self._measure(workload, contender, repetition, keep=needs_loaded)
            return
        self._reference(workload.dataset, changed=False)
        workload.dataset.change(self.fleet.primary, back=False)
        try:
            self.fleet.standby.wait_for_replay()
            if self._reference(workload.dataset, changed=True) == self._reference(workload.dataset, changed=False):
                raise ServerError(f"{workload.letter}: the change changed nothing")
            for contender in present:
                self._measure(workload, contender, repetition, keep=False)
        except BaseException:
            self.fleet.forget(workload.dataset)
            raise
        workload.dataset.change(self.fleet.primary, back=True)
        self.fleet.standby.wait_for_replay()

    def _has_time(self, workload: Workload, contender: Contender) -> bool:
        left = self.budget - elapsed()
        needed = 1.3 * self._slowest.get((workload.letter, contender.name), 0)
        if left > needed and (left > 0.25 * self.budget or not contender.is_slow):
            return True
        say(f"{workload.letter} {contender.name}: left out, no time")
        return False

    # One measurement

    def _measure(self, workload: Workload, contender: Contender, repetition: int, keep: bool) -> None:
        job = self._job(contender, workload.dataset)
        begin = elapsed()
        result = Measurement(workload.letter, contender.name, repetition + 1, workload.dataset.rows)
        try:
            if workload.starts_empty:
                self._ensure_prepared(contender, job)
                self._copy(job.database + "_prepared", job.database)
            else:
                self._copy(job.database + "_loaded", job.database)
            self._take(contender, job, workload, result)
            if result.error is None:
                self._compare(contender, job, workload, result)
        except ServerError as error:
            result.error = str(error)
        self.results.measurements.append(result)
        if result.error is not None:
            self._failed.add((contender.name, workload.dataset.name))
            say(f"{workload.letter} {contender.name}: failed: {_short(result.error)}")
        else:
            say(
                f"{workload.letter} {contender.name} {repetition + 1}: {result.wall:.2f} s, client {result.client_cpu:.2f}, "
                f"source {result.source_cpu:.2f}, warehouse {result.warehouse_cpu:.2f}, rows: {result.parity}")
        loaded = job.database + "_loaded"
        if keep and workload.starts_empty and result.error is None and loaded not in self._databases and contender.name != "floor":
            self.fleet.warehouse.psql(f"ALTER DATABASE {job.database} RENAME TO {loaded}")
            self._databases.add(loaded)
        else:
            self._drop(job.database)
        key = (workload.letter, contender.name)
        self._slowest[key] = max(self._slowest.get(key, 0), elapsed() - begin)

    def _take(self, contender: Contender, job: Job, workload: Workload, result: Measurement) -> None:
        command = contender.command(job, reload=not workload.starts_empty)
        warehouse, standby = self.fleet.warehouse, self.fleet.standby
        warehouse.psql("CHECKPOINT")
        begin_lsn = warehouse.psql("SELECT pg_current_wal_insert_lsn()")
        processes = [standby.process or 0, warehouse.process or 0]
        settle(processes)
        before = [cluster_usage(process) for process in processes]
        run = run_client(command, _CLIENT_DEADLINE)
        settle(processes)
        source, target = (cluster_usage(process) - earlier for process, earlier in zip(processes, before))
        wal = warehouse.psql(f"SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '{begin_lsn}')::bigint")
        if run.status != 0:
            said = (run.errors.strip() or run.output.strip())[-1500:]
            result.error = f"exit status {run.status}: {said}"
            return
        result.wall, result.client_cpu, result.peak_memory = run.wall, run.usage.cpu, run.peak_memory
        result.client_read, result.client_written = run.usage.read, run.usage.written
        result.source_cpu, result.source_read, result.source_written = source.cpu, source.read, source.written
        result.warehouse_cpu, result.warehouse_read, result.warehouse_written = target.cpu, target.read, target.written
        result.wal_bytes = int(wal)

    def _compare(self, contender: Contender, job: Job, workload: Workload, result: Measurement) -> None:
        if contender.name == "floor":
            result.parity = "not compared"
            return
        wanted = self._reference(workload.dataset, workload.has_changes)
        found = [
            self.fleet.warehouse.psql(self._hash(job.report, f"{tenant.schema}.{job.report.name}"), job.database)
            for tenant in workload.dataset.tenants]
        result.parity = "same" if wanted == found else "differ: " + ", ".join(self._differing(job))
        if workload.letter == "A" and contender.name not in self.results.estimates:
            self.results.estimates[contender.name] = estimates.compare(self.fleet.warehouse, job.database, workload.dataset, job.report)

    def _hash(self, report: Report, relation: str) -> str:
        return row_hash_query(relation, [name for name, _ in report.columns], report.day_column)

    def _reference(self, dataset: Dataset, changed: bool) -> list[str]:
        """Days, counts and hashes of the report's own query on the source, the state of which is `changed` or not."""
        key = (dataset.name, changed)
        if key not in self._wanted:
            report = self._report(dataset)
            query = self._hash(report, self._source_rows(dataset))
            self._wanted[key] = [self.fleet.standby.psql(query, tenant.database) for tenant in dataset.tenants]
        return self._wanted[key]

    def _source_rows(self, dataset: Dataset) -> str:
        report = self._report(dataset)
        columns = ", ".join(f'"{name}"::{kind}' for name, kind in report.columns)
        return f"(SELECT {columns} FROM ({report.window_query(dataset.days)}) window_rows)"

    def _differing(self, job: Job) -> list[str]:
        """The columns of the first tenant whose values are not the source's; `number of rows` where that differs."""
        tenant = job.dataset.tenants[0]
        names = [name for name, _ in job.report.columns]
        wanted = self.fleet.standby.psql(column_hash_query(self._source_rows(job.dataset), names), tenant.database)
        found = self.fleet.warehouse.psql(column_hash_query(f"{tenant.schema}.{job.report.name}", names), job.database)
        pairs = zip(["number of rows"] + names, wanted.split("|"), found.split("|"))
        return [name for name, one, other in pairs if one != other]

    # Databases of the warehouse

    def _report(self, dataset: Dataset) -> Report:
        if dataset.name not in self._reports:
            self._reports[dataset.name] = Report.read(dataset.template, self.fleet.warehouse)
        return self._reports[dataset.name]

    def _job(self, contender: Contender, dataset: Dataset) -> Job:
        directory = self.scratch / f"{contender.name}_{dataset.name}"
        directory.mkdir(mode=0o700, exist_ok=True)
        return Job(self.fleet, dataset, self._report(dataset), f"bench_{contender.name}_{dataset.name}", directory, self.tools)

    def _ensure_prepared(self, contender: Contender, job: Job) -> None:
        prepared = job.database + "_prepared"
        if prepared in self._databases:
            return
        self._drop(prepared)
        self.fleet.warehouse.psql(f"CREATE DATABASE {prepared} OWNER loader")
        self._databases.add(prepared)
        contender.prepare(Job(job.fleet, job.dataset, job.report, prepared, job.directory, job.tools))

    def _ensure_loaded(self, contender: Contender, workload: Workload) -> None:
        """Loads a dataset without measuring it, unless a measured load has left its database."""
        job = self._job(contender, workload.dataset)
        loaded = job.database + "_loaded"
        if loaded in self._databases:
            return
        say(f"{workload.letter} {contender.name}: loading what it starts from")
        try:
            self._ensure_prepared(contender, job)
            self._copy(job.database + "_prepared", job.database)
            run = run_client(contender.command(job, reload=False), _CLIENT_DEADLINE)
            if run.status != 0:
                raise ServerError(f"exit status {run.status}: {(run.errors.strip() or run.output.strip())[-1500:]}")
            settle([self.fleet.warehouse.process or 0])
            self._drop(loaded)
            self.fleet.warehouse.psql(f"ALTER DATABASE {job.database} RENAME TO {loaded}")
            self._databases.add(loaded)
        except ServerError as error:
            self._failed.add((contender.name, workload.dataset.name))
            self.results.measurements.append(
                Measurement(workload.letter, contender.name, 0, workload.dataset.rows, error=f"could not be loaded: {error}"))
            say(f"{workload.letter} {contender.name}: could not be loaded: {_short(str(error))}")

    def _copy(self, template: str, database: str) -> None:
        self._drop(database)
        self._databases.add(database)
        # Privileges on a database are not copied with it.
        self.fleet.warehouse.psql(
            f"CREATE DATABASE {database} OWNER loader TEMPLATE {template} STRATEGY file_copy;\n"
            f"SELECT format('GRANT %s ON DATABASE {database} TO %s', privilege_type, grantee::regrole)"
            f" FROM pg_database, aclexplode(datacl) WHERE datname = '{template}' AND grantee <> 0 \\gexec\n")

    def _drop(self, database: str) -> None:
        self.fleet.warehouse.psql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        self._databases.discard(database)
