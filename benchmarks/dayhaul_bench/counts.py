"""What dayhaul needs a row, in counts that a busy machine does not change: allocations, and instructions where the kernel counts them."""
from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

from .accounting import ClientRun, Command, run_client
from .contenders import Dayhaul, Job
from .dataset import PROJECT
from .log import say
from .server import ServerError


def measure(job: Job) -> dict[str, Any]:
    """One load into an empty warehouse for each counter. What the start of the program takes is included.

    Valgrind is no way to count: its version 3.19 crashes when the main thread of a Swift program hands over to the dispatcher.
    """
    found: dict[str, Any] = {"rows": job.dataset.rows}
    for name, counter in {"allocations": _allocations, "instructions": _instructions}.items():
        try:
            found |= counter(job)
        except ServerError as error:
            found[f"no_{name}"] = str(error)
            say(f"{name} are not counted: {error}")
    return found


def _allocations(job: Job) -> dict[str, Any]:
    compiler = shutil.which("cc") or shutil.which("clang")
    if not compiler:
        raise ServerError("there is no C compiler")
    library = job.directory / "allocations.so"
    built = subprocess.run(
        [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(PROJECT / "benchmarks/c/allocations.c")], capture_output=True, text=True)
    if built.returncode != 0:
        raise ServerError(built.stderr.strip()[:500])
    count = job.directory / "allocations"
    run = _load(job, lambda plain: Command(
        plain.arguments, plain.environment | {"LD_PRELOAD": str(library), "ALLOCATIONS_FILE": str(count)}, plain.directory))
    if run.status != 0 or not count.exists():
        raise ServerError(f"exit status {run.status}: {run.errors[-500:]}")
    calls, size = (int(word) for word in count.read_text().split())
    return {"allocations_per_row": calls / job.dataset.rows, "allocated_bytes_per_row": size / job.dataset.rows}


def _instructions(job: Job) -> dict[str, Any]:
    perf = ["perf", "stat", "-x", ",", "-e", "instructions:u", "--"]
    if not shutil.which("perf"):
        raise ServerError("there is no perf")
    probe = subprocess.run([*perf, "true"], capture_output=True, text=True)
    if not re.search(r"^\d+,", probe.stderr, re.MULTILINE):
        raise ServerError("perf has no hardware counter for them here")
    run = _load(job, lambda plain: Command(perf + plain.arguments, plain.environment, plain.directory))
    found = re.search(r"^(\d+),.*instructions", run.errors, re.MULTILINE)
    if run.status != 0 or not found:
        raise ServerError(f"exit status {run.status}: {run.errors[-500:]}")
    return {"instructions_per_row": int(found[1]) / job.dataset.rows}


def _load(job: Job, changed: Callable[[Command], Command]) -> ClientRun:
    warehouse = job.fleet.warehouse
    warehouse.psql(f"DROP DATABASE IF EXISTS {job.database} WITH (FORCE);\nCREATE DATABASE {job.database} OWNER loader;")
    try:
        contender = Dayhaul()
        contender.prepare(job)
        return run_client(changed(contender.command(job, reload=False)), 600)
    finally:
        warehouse.psql(f"DROP DATABASE IF EXISTS {job.database} WITH (FORCE)")
