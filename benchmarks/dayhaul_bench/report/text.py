"""Tables for a terminal."""
from __future__ import annotations

from ..measurement import Results
from . import table
from .sections import sections


def aligned(rows: list[list[str]]) -> str:
    """Columns under each other: the first flush left, the others right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
        for row in rows)


def tables(results: Results) -> str:
    """All that was measured."""
    if not results.about:
        return "nothing was measured"
    parts = [table.headline(results)]
    for letter, title in results.about["workloads"].items():
        rows = table.rows(results, letter)
        if rows:
            parts.append(f"{letter}: {title}\n\n{aligned([table.HEADINGS] + rows)}")
    parts += [f"{title}: {note}\n\n{aligned(rows)}" for title, note, rows in sections(results)]
    if results.skipped:
        parts.append("Skipped:\n" + "\n".join(f"  {name}: {why}" for name, why in results.skipped.items()))
    failures = {(m.contender, m.workload): m.error for m in results.measurements if m.error}
    if failures:
        lines = [f"  {name}, {letter}: {' '.join((why or '').split())[:300]}" for (name, letter), why in failures.items()]
        parts.append("Failed:\n" + "\n".join(lines))
    return "\n\n".join(parts)
