"""What the columns of a workload's table are, whatever they are printed as."""
from __future__ import annotations

from ..contenders import ALL
from ..measurement import Results, Spread

HEADINGS = [
    "contender", "wall s", "min–max", "× dayhaul", "client CPU s", "source CPU s", "warehouse CPU s", "WAL MB", "read MB", "written MB",
    "memory MiB", "runs", "rows",
]


def _number(spread: Spread | None, scale: float = 1, digits: int = 2) -> str:
    return f"{spread.median / scale:.{digits}f}" if spread else "–"


def rows(results: Results, letter: str) -> list[list[str]]:
    """A row a contender, in the order of their medians; bytes read and written are those of clients and both servers together."""
    own = results.spread(letter, "dayhaul", "wall")
    lines: list[tuple[float, list[str]]] = []
    for contender in ALL:
        runs = results.of(letter, contender.name)
        wall = results.spread(letter, contender.name, "wall")
        if not wall:
            failed = [m for m in results.measurements if m.workload == letter and m.contender == contender.name]
            if failed:
                lines.append((1e9, [contender.title] + ["–"] * 11 + ["failed"]))
            continue

        def value(name: str, scale: float = 1, digits: int = 2) -> str:
            return _number(results.spread(letter, contender.name, name), scale, digits)

        read = Spread.of(m.client_read + m.source_read + m.warehouse_read for m in runs)
        written = Spread.of(m.client_written + m.source_written + m.warehouse_written for m in runs)
        parity = next((m.parity for m in runs if m.parity != "same"), "same").partition(":")[0]
        lines.append((wall.median, [
            contender.title, f"{wall.median:.2f}", f"{wall.least:.2f}–{wall.most:.2f}", f"{wall.median / own.median:.1f}" if own else "–",
            value("client_cpu"), value("source_cpu"), value("warehouse_cpu"), value("wal_bytes", 1e6, 1), _number(read, 1e6, 0),
            _number(written, 1e6, 0), value("peak_memory", 1 << 20, 0), str(wall.count), parity]))
    floor = results.floor_seconds(letter)
    if floor is not None:
        ratio = f"{floor / own.median:.2f}" if own else "–"
        lines.append((floor, ["floor, its CPU over the cores", f"{floor:.2f}", "", ratio] + [""] * 9))
    return [line for _, line in sorted(lines, key=lambda line: line[0])]


def headline(results: Results) -> str:
    """One line: with what, on what, when."""
    about = results.about
    build = "" if about["is_release_build"] else " (not a release build: the figures say nothing about speed)"
    return (
        f"{about['date']}, {about['dayhaul']}{build}, PostgreSQL {about['postgresql']}, {about['system']}, {about['cores']} cores"
        f" ({about['cpu']}), {about['memory'] / (1 << 30):.0f} GiB, fsync {about['settings']['warehouse']['fsync']}; source, client and"
        f" warehouse on this one machine; load {about['load_at_start']:.1f} at the start; medians of up to {about['repetitions']} interleaved"
        " repetitions")
