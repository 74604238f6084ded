"""The command line: `python3 -m dayhaul_bench run | check | report`."""
from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import counts, figures, planning, publishing, sizing, venv
from .contenders import ALL, Job
from .contenders.base import Tools
from .dataset import PROJECT, Dataset, Report
from .fleet import Fleet
from .log import elapsed, say
from .measurement import Results
from .report import text, write_all
from .runner import Runner
from .server import ServerError
from .workload import Scale, workloads


EXTRAS = ["publishing", "counts", "planning", "sizing"]


def _names(value: str) -> list[str]:
    return [name for name in value.replace(" ", "").split(",") if name]


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dayhaul_bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure, and write the results")
    run.add_argument("--workloads", type=_names, default=list("ABCDEF"), metavar="A,B", help="which workloads; all by default")
    run.add_argument("--contenders", type=_names, default=[c.name for c in ALL], metavar="NAME,NAME",
                     help="which contenders; all by default: " + ", ".join(c.name for c in ALL))
    run.add_argument("--extras", type=_names, default=EXTRAS, metavar="NAME,NAME",
                     help="what else is measured of dayhaul; all by default: " + ", ".join(EXTRAS))
    run.add_argument("--repetitions", type=int, default=5, metavar="N", help="rounds; 5 by default")
    run.add_argument("--days", type=int, default=10, metavar="N", help="days of workload A; the others follow in proportion; 10 by default")
    run.add_argument("--rows-per-day", type=int, default=50_000, metavar="N", help="rows a day of workload A, likewise; 50,000 by default")
    run.add_argument("--quick", action="store_true", help="2 days of 1,000 rows, one repetition: to see that it works")
    run.add_argument("--budget", type=float, default=40, metavar="MINUTES",
                     help="leave out what would take longer, slow contenders first; 40 by default")
    run.add_argument("--fsync", choices=["on", "off"], default="off", help="of all servers; off by default")
    run.add_argument("--directory", type=Path, default=Path(f"/var/tmp/dayhaul-bench-{os.getuid()}"), metavar="DIR",
                     help="where the clusters live, kept for the next run")
    run.add_argument("--output", type=Path, default=PROJECT / ".build-bench/results", metavar="DIR", help="where the results go")
    run.add_argument("--dayhaul", type=Path, default=Path(os.environ.get("DAYHAUL", PROJECT / ".build/release/dayhaul")), metavar="FILE",
                     help="the program; .build/release/dayhaul by default")
    run.add_argument("--keep-running", action="store_true", help="leave the servers running at the end")
    report = commands.add_parser("report", help="print and write the tables of earlier results again")
    check = commands.add_parser("check", help="hold earlier results against thresholds.json; exit status 1 when one is broken")
    for command in (report, check):
        command.add_argument("results", type=Path, nargs="?", default=PROJECT / ".build-bench/results/results.json", help="results.json")
    options = parser.parse_args(arguments)
    if options.command == "run":
        if options.quick:
            options.days, options.rows_per_day, options.repetitions = 2, 1_000, 1
        unknown = set(options.contenders) - {c.name for c in ALL} | set(options.workloads) - set("ABCDEF") | set(options.extras) - set(EXTRAS)
        if unknown:
            parser.error(f"there is no {', '.join(sorted(unknown))}")
    return options


def about(options: argparse.Namespace, fleet: Fleet, dayhaul: Path) -> dict[str, object]:
    """What the figures depend on; nothing that names the machine."""
    cpu = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    version = subprocess.run([dayhaul, "--version"], capture_output=True, text=True).stdout.strip() if dayhaul.exists() else ""
    release = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return {
        "date": time.strftime("%Y-%m-%d"), "dayhaul": version, "is_release_build": "/release/" in str(dayhaul.resolve()), "system": release,
        "cpu": cpu, "cores": os.cpu_count(), "memory": memory, "load_at_start": os.getloadavg()[0],
        "postgresql": fleet.warehouse.psql("SHOW server_version"), "settings": fleet.settings, "days": options.days,
        "rows_per_day": options.rows_per_day, "repetitions": options.repetitions,
        "workloads": {w.letter: w.title for w in workloads(Scale(options.days, options.rows_per_day))},
    }


def run(options: argparse.Namespace) -> int:
    python, reason = venv.ensure(PROJECT / ".build-bench/venv", [c for c in ALL if c.name in options.contenders])
    tools = Tools(options.dayhaul.absolute(), python, reason)
    results = Results()
    contenders = []
    for contender in (c() for c in ALL if c.name in options.contenders):
        why = contender.unavailable(tools)
        if why is None:
            contenders.append(contender)
        else:
            results.skipped[contender.name] = why
            say(f"{contender.name}: skipped, {why}")
    chosen = [w for w in workloads(Scale(options.days, options.rows_per_day)) if w.letter in options.workloads]
    options.output.mkdir(parents=True, exist_ok=True)

    def save() -> None:
        results.about["seconds"] = round(elapsed())
        write_all(results, options.output)

    fleet = Fleet(options.directory, options.fsync == "on")
    interrupted = False
    try:
        fleet.open()
        results.about = about(options, fleet, tools.dayhaul)
        fleet.fill(list({w.dataset.name: w.dataset for w in chosen}.values()))
        if contenders and chosen:
            # Planning takes about six minutes at full size, most of them for 36,500 empty tables; sizing up to five.
            budget = options.budget * 60
            if not options.quick:
                budget -= (360 if "planning" in options.extras else 0) + (300 if "sizing" in options.extras else 0)
            Runner(fleet, contenders, tools, results, save, budget).run(chosen, options.repetitions)
        if "dayhaul" not in results.skipped:
            measure_extras(options, fleet, tools, results)
    except KeyboardInterrupt:
        interrupted = True
        say("interrupted: writing what there is, stopping the servers")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if results.about:
            save()
        fleet.close(options.keep_running)
    print(text.tables(results))
    say(f"results are in {options.output}")
    wrong = [m for m in results.measurements if m.contender == "dayhaul" and (m.error or m.parity != "same")]
    for measurement in wrong:
        say(f"dayhaul, {measurement.workload}: {'failed' if measurement.error else 'its rows differ from the source'}")
    return 130 if interrupted else 1 if wrong else 0


def measure_extras(options: argparse.Namespace, fleet: Fleet, tools: Tools, results: Results) -> None:
    """What has no other contenders. One that fails is said, and stops none."""
    data = {w.letter: w.dataset for w in workloads(Scale(options.days, options.rows_per_day))}

    def job(name: str, dataset: Dataset) -> Job:
        directory = fleet.directory / "scratch" / name
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Job(fleet, dataset, Report.read(dataset.template, fleet.warehouse), f"bench_{name}", directory, tools)

    def published() -> None:
        fleet.fill([data["E"]])
        results.publishing = publishing.measure(job("publishing", data["E"]), data["E"].day_count)

    def counted() -> None:
        fleet.fill([data["A"]])
        results.counts = counts.measure(job("counts", data["A"]))

    def planned() -> None:
        none = Dataset("none", (), 0, 0)
        results.planning = planning.measure(job("planning", none), *((5, 20) if options.quick else (100, 365)))

    def sized() -> None:
        results.sizing = sizing.measure(tools, options.quick)

    for name, measure in {"publishing": published, "counts": counted, "planning": planned, "sizing": sized}.items():
        if name not in options.extras:
            continue
        try:
            measure()
        except ServerError as error:
            results.skipped[name] = " ".join(str(error).split())[:500]
            say(f"{name}: failed: {results.skipped[name]}")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if options.command == "run":
            return run(options)
        if not options.results.exists():
            raise ServerError(f"there is no {options.results}: make bench")
        results = Results.from_document(json.loads(options.results.read_text()))
        if options.command == "check":
            return figures.check(results)
        write_all(results, options.results.parent)
        print(text.tables(results))
        return 0
    except ServerError as error:
        print(f"dayhaul_bench: {error}", file=sys.stderr)
        return 1


sys.exit(main())
