"""One measured run, and what is said about several of them."""
from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Measurement:
    """One run of a contender. Seconds and bytes."""

    workload: str
    contender: str
    repetition: int
    rows: int
    wall: float = 0
    client_cpu: float = 0
    source_cpu: float = 0
    warehouse_cpu: float = 0
    wal_bytes: int = 0
    client_read: int = 0
    client_written: int = 0
    source_read: int = 0
    source_written: int = 0
    warehouse_read: int = 0
    warehouse_written: int = 0
    peak_memory: int = 0
    parity: str = ""  # `same`, `not compared`, or how the rows differ
    error: str | None = None

    @property
    def counts(self) -> bool:
        """Whether its figures are shown: it ran to its end. Other rows than the source's are said beside them."""
        return self.error is None


@dataclass(frozen=True)
class Spread:
    """Median, least and most of some repetitions."""

    median: float
    least: float
    most: float
    count: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread | None:
        listed = list(values)
        return cls(statistics.median(listed), min(listed), max(listed), len(listed)) if listed else None


@dataclass
class Results:
    """All that a benchmark found; what results.json holds."""

    about: dict[str, Any] = field(default_factory=dict)
    measurements: list[Measurement] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)  # contender, why
    estimates: dict[str, dict[str, Any]] = field(default_factory=dict)  # contender, q-errors
    planning: dict[str, Any] = field(default_factory=dict)
    publishing: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    sizing: dict[str, Any] = field(default_factory=dict)  # the back-test of dayhaul size

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Results:
        rows = [Measurement(**row) for row in document["measurements"]]
        return cls(**(document | {"measurements": rows}))

    def of(self, workload: str, contender: str) -> list[Measurement]:
        return [m for m in self.measurements if m.workload == workload and m.contender == contender and m.counts]

    def spread(self, workload: str, contender: str, value: str) -> Spread | None:
        """Of one of a measurement's fields; None where there is no run."""
        return Spread.of(getattr(m, value) for m in self.of(workload, contender))

    def floor_seconds(self, workload: str) -> float | None:
        """The floor: all CPU time of its servers and clients, divided over the cores; its median."""
        runs = self.of(workload, "floor")
        if not runs:
            return None
        return statistics.median((m.client_cpu + m.source_cpu + m.warehouse_cpu) / self.about["cores"] for m in runs)
