"""Whether `dayhaul size` predicts what `dayhaul bench` measures: configurations that were held out of the fit, on synthetic tenants."""
from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from .contenders.base import Tools
from .log import say
from .server import ServerError


def measure(tools: Tools, quick: bool) -> dict[str, Any]:
    """Measures streams, days, tenants, rows a day, widths and cores, and returns the back-test of what is fitted to them."""
    amounts = {"--tenants": 2, "--rows-per-day": 500, "--days": 2, "--repetitions": 1} if quick else {
        "--tenants": 40, "--rows-per-day": 20_000, "--days": 14, "--repetitions": 3, "--budget": "5m"}
    # Servers that do not run as root have to pass through it.
    directory = Path(tempfile.mkdtemp(prefix="dayhaul-sizing-", dir="/var/tmp"))
    try:
        directory.chmod(0o711)
        file = directory / "bench.json"
        say("sizing: " + " ".join(f"{name} {value}" for name, value in amounts.items()))
        arguments = [word for name, value in amounts.items() for word in (name, str(value))]
        _run([str(tools.dayhaul), "bench", "--output", str(file), *arguments])
        answer = json.loads(_run([str(tools.dayhaul), "size", str(file), "--json"]))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    backtest = answer["backtest"]
    return {
        "median_error": backtest["median_error"], "covered": backtest["covered"],
        "held_out": [
            {"configuration": held["configuration"], "measured": held["measured"], "predicted": held["predicted"]["value"],
             "error": held["error"], "covered": held["covered"]}
            for held in backtest["held_out"]],
    }


def _run(arguments: list[str]) -> str:
    run = subprocess.run(arguments, capture_output=True, text=True, timeout=900)
    if run.returncode != 0:
        raise ServerError(f"{' '.join(arguments[1:2])} ended with {run.returncode}: {run.stderr.strip()[-500:]}")
    return run.stdout
