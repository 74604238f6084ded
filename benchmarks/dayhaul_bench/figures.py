"""Named figures out of results, what they should reach, and what they must not pass."""
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .contenders import ALL
from .measurement import Results

THRESHOLDS = Path(__file__).resolve().parent.parent / "thresholds.json"


def figures(results: Results) -> dict[str, float]:
    """All figures that the results hold; ratios are of medians, the other contender's to dayhaul's unless the name says otherwise."""
    found: dict[str, float] = {}
    letters = results.about.get("workloads", {})
    for letter in letters:
        own = results.of(letter, "dayhaul")
        if not own:
            continue

        def median(contender: str, value: str, letter: str = letter) -> float | None:
            spread = results.spread(letter, contender, value)
            return spread.median if spread else None

        wall, source, rows = median("dayhaul", "wall") or 0, median("dayhaul", "source_cpu") or 0, own[0].rows
        found[f"{letter} WAL bytes a row"] = (median("dayhaul", "wal_bytes") or 0) / rows
        found[f"{letter} peak memory MiB"] = max(m.peak_memory for m in own) / (1 << 20)
        found[f"{letter} client CPU s a million rows"] = (median("dayhaul", "client_cpu") or 0) / rows * 1e6
        for contender in ALL:
            other = median(contender.name, "wall")
            if other is None or contender.name in ("dayhaul", "floor"):
                continue
            found[f"{letter} wall, {contender.name}"] = other / wall
            # CPU times have a resolution of 10 ms.
            if source >= 0.01:
                found[f"{letter} source CPU, {contender.name}"] = (median(contender.name, "source_cpu") or 0) / source
            wal = median(contender.name, "wal_bytes")
            if wal:
                found[f"{letter} WAL, dayhaul to {contender.name}"] = (median("dayhaul", "wal_bytes") or 0) / wal
        peers = [value for name, value in found.items() if name.startswith(f"{letter} wall, ") and not name.endswith("dblink")]
        if peers:
            found[f"{letter} wall, fastest other peer"] = min(peers)
        floor = results.floor_seconds(letter)
        if floor:
            found[f"{letter} wall, dayhaul to floor"] = wall / floor
            found[f"{letter} wall, dayhaul to floor's run"] = wall / (median("floor", "wall") or wall)
    memories = {name[0]: value for name, value in found.items() if name.endswith("peak memory MiB")}
    if memories:
        found["peak memory MiB"] = max(memories.values())
    # The same report over more days and more tenants; F's is another one, of few rows.
    same = [value for letter, value in memories.items() if letter != "F"]
    if same and min(same) > 0:
        found["peak memory, most to least"] = max(same) / min(same)
    if "dayhaul" in results.estimates:
        found["estimates, own to full ANALYZE"] = results.estimates["dayhaul"]["own_to_full"]
    for name, times in results.planning.get("queries", {}).items():
        found[f"planning later ms, {name}"] = times["later_ms"]
    if results.publishing:
        found["publish lock ms, 99th percentile"] = results.publishing["p99_ms"]
    if results.sizing:
        found["sizing, median error"] = results.sizing["median_error"]
        found["sizing, covered"] = results.sizing["covered"]
    for name in ("allocations_per_row", "instructions_per_row"):
        if name in results.counts:
            found[name.replace("_per_row", " a row")] = results.counts[name]
    return found


@dataclass(frozen=True)
class Bound:
    """What a figure should reach: at least or at most so much."""

    figure: str
    at_least: float | None = None
    at_most: float | None = None
    aim: float | None = None

    def holds(self, value: float) -> bool:
        return not (self.at_least is not None and value < self.at_least) and not (self.at_most is not None and value > self.at_most)

    @property
    def text(self) -> str:
        bound = f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"
        return bound + (f", aim {self.aim:g}" if self.aim is not None else "")


# Those that one run of this program can tell, on 2 cores; the others are micro-benchmarks.
TARGETS = [
    Bound("A wall, dblink", at_least=4, aim=6),
    Bound("A wall, dayhaul to floor", at_most=1.3, aim=1.1),
    Bound("A wall, fastest other peer", at_least=1),
    Bound("A wall, psql", at_least=2.5),
    Bound("B wall, dblink", at_least=15),
    Bound("C wall, dblink", at_least=6, aim=12),
    Bound("D wall, dblink", at_least=10, aim=20),
    Bound("A source CPU, dblink", at_least=6),
    Bound("A client CPU s a million rows", at_most=1.0, aim=0.6),
    Bound("peak memory MiB", at_most=100),
    Bound("planning later ms, one day", at_most=20),
    Bound("planning later ms, one day, one tenant", at_most=20),
    Bound("publish lock ms, 99th percentile", at_most=50),
    Bound("sizing, median error", at_most=0.2),
    Bound("sizing, covered", at_least=0.9),
]


def judged(bounds: list[Bound], found: dict[str, float]) -> list[tuple[Bound, float | None, str]]:
    """Each bound with its figure and `met`, `not met` or `not measured`."""
    lines = []
    for bound in bounds:
        value = found.get(bound.figure)
        verdict = "not measured" if value is None else "met" if bound.holds(value) else "not met"
        lines.append((bound, value, verdict))
    return lines


def thresholds() -> list[Bound]:
    """What thresholds.json says: bounds that hold on any machine, at the full size."""
    return [Bound(**entry) for entry in json.loads(THRESHOLDS.read_text())["thresholds"]]


def check(results: Results) -> int:
    """Prints each threshold with its figure; 1 when one is broken or none was measured, else 0."""
    if not results.about.get("is_release_build"):
        print("not a release build: nothing to check")
        return 1
    lines = judged(thresholds(), figures(results))
    for bound, value, verdict in lines:
        print(f"{'BROKEN' if verdict == 'not met' else verdict:12}  {bound.figure}: {'–' if value is None else f'{value:.2f}'} ({bound.text})")
    wrong = sorted({f"{m.contender}, {m.workload}" for m in results.measurements if m.contender == "dayhaul" and (m.error or m.parity != "same")})
    for name in wrong:
        print(f"BROKEN        {name}: failed, or its rows differ from the source")
    verdicts = {verdict for _, _, verdict in lines}
    return 1 if wrong or "not met" in verdicts or verdicts == {"not measured"} else 0
