"""Tables beside those of the workloads, whatever they are printed as: a title, a sentence, rows with their headings first."""
from __future__ import annotations

from ..figures import TARGETS, figures, judged
from ..measurement import Results

Section = tuple[str, str, list[list[str]]]


def sections(results: Results) -> list[Section]:
    """Those that there are results for."""
    made = (_targets, _estimates, _planning, _publishing, _counts, _sizing)
    return [section for section in (make(results) for make in made) if section]


def _targets(results: Results) -> Section | None:
    found = figures(results)
    rows = [[bound.figure, bound.text, "–" if value is None else f"{value:.2f}", verdict] for bound, value, verdict in judged(TARGETS, found)]
    note = "`A wall, dblink` is dblink's median in A over dayhaul's, and so on."
    if not results.about["is_release_build"] or results.about["rows_per_day"] < 50_000:
        note += " These are not the sizes and the build that the targets are for."
    return ("Targets", note, [["figure", "target", "measured", ""]] + rows) if found else None


def _estimates(results: Results) -> Section | None:
    rows = [
        [name, f"{e['own_to_full']:.2f}", f"{e['own_to_actual']:.2f}", f"{e['full_to_actual']:.2f}", e["worst"]["predicate"].replace("|", "/")]
        for name, e in results.estimates.items()]
    return (
        "Analysed", "The largest q-errors, as factors, of the planner's estimates for predicates on a day's indexed columns.",
        [["contender", "own : full ANALYZE", "own : rows", "full ANALYZE : rows", "worst predicate"]] + rows) if rows else None


def _planning(results: Results) -> Section | None:
    if not results.planning:
        return None
    rows = [[name, f"{t['first_ms']:.1f}", f"{t['later_ms']:.1f}"] for name, t in results.planning["queries"].items()]
    return (
        "Planning", f"Milliseconds of planning, {results.planning['tenants']} tenants × {results.planning['days']} empty days.",
        [["count on", "first in a session", "later"]] + rows)


def _publishing(results: Results) -> Section | None:
    p = results.publishing
    if not p:
        return None
    return (
        "Lock of a publish", f"Milliseconds from the begin of ATTACH PARTITION to the end of COMMIT, {p['attached']} other days attached.",
        [["publishes", "median", "99th percentile", "most"], [str(p["publishes"])] + [f"{p[k]:.1f}" for k in ("median_ms", "p99_ms", "most_ms")]])


def _counts(results: Results) -> Section | None:
    names = {"allocations_per_row": "allocations", "allocated_bytes_per_row": "allocated bytes", "instructions_per_row": "instructions"}
    rows = [[title, f"{results.counts[name]:.2f}"] for name, title in names.items() if name in results.counts]
    return ("Counts", "Of dayhaul in A, a row.", [["count", "a row"]] + rows) if rows else None


def _sizing(results: Results) -> Section | None:
    s = results.sizing
    if not s:
        return None
    rows = [
        [held["configuration"], f"{held['measured']:.2f}", f"{held['predicted']:.2f}", f"{held['error']:+.0%}", "yes" if held["covered"] else "no"]
        for held in s["held_out"]]
    return (
        "Sizing", f"Seconds of configurations that the fit did not see; median error {s['median_error']:.0%}, {s['covered']:.0%} in their interval.",
        [["configuration", "measured", "predicted", "error", "in the interval"]] + rows)
