"""results.md and its charts."""
from __future__ import annotations

from pathlib import Path

from ..measurement import Results
from . import chart, table
from .sections import sections


def _table(rows: list[list[str]]) -> str:
    head, *body = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    alignment = "|---|" + "---:|" * (len(head) - 1)
    return "\n".join(["| " + " | ".join(head) + " |", alignment] + ["| " + " | ".join(row) + " |" for row in body])


def write(results: Results, output: Path) -> None:
    """Writes results.md, and an SVG for each workload beside it."""
    if not results.about:
        return
    parts = ["# Results", table.headline(results) + "."]
    for letter, title in results.about["workloads"].items():
        rows = table.rows(results, letter)
        if not rows:
            continue
        name = f"workload-{letter.lower()}.svg"
        (output / name).write_text(chart.wall(results, letter))
        parts += [f"## {letter}: {title}", f"![wall-clock seconds of workload {letter}]({name})", _table([table.HEADINGS] + rows)]
    for title, note, rows in sections(results):
        parts += [f"## {title}", note, _table(rows)]
    if results.skipped:
        parts += ["## Skipped", "\n".join(f"- {name}: {why}" for name, why in results.skipped.items())]
    (output / "results.md").write_text("\n\n".join(parts) + "\n")
