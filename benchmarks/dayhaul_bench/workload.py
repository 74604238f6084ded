"""The workloads: which data, from which state to which."""
from __future__ import annotations

from dataclasses import dataclass

from .dataset import Dataset, Tenant


@dataclass(frozen=True)
class Workload:
    """One column of work; see benchmarks/README.md."""

    letter: str
    title: str
    dataset: Dataset
    starts_empty: bool = True
    has_changes: bool = False


@dataclass(frozen=True)
class Scale:
    """How large the data are: `days` and `rows` replace those of A (10 × 50,000), and the other workloads follow in proportion."""

    days: int = 10
    rows_per_day: int = 50_000

    def of_days(self, days: int) -> int:
        return max(1, round(days * self.days / 10))

    def of_rows(self, rows: int) -> int:
        return max(20, round(rows * self.rows_per_day / 50_000))


def workloads(scale: Scale) -> list[Workload]:
    """A to F at a scale."""
    menu = 20 if scale.rows_per_day >= 5_000 else 1
    one = Dataset("one", (Tenant("tenant", "one", 1),), scale.days, scale.rows_per_day, menu_copies=menu)
    seven = tuple(Tenant(f"tenant_{n}", f"night_{n}", n) for n in range(1, 8))
    night = Dataset("night", seven, scale.of_days(14), scale.of_rows(5_000), menu_copies=menu)
    year = Dataset("year", (Tenant("tenant", "year", 1),), scale.of_days(365), scale.of_rows(2_000), menu_copies=menu)
    wide = Dataset("wide", (Tenant("tenant", "wide", 1),), scale.of_days(5), scale.of_rows(5_000), kind="wide")

    def size(data: Dataset) -> str:
        return f"{data.day_count} days × {data.rows_per_day:,} rows"

    return [
        Workload("A", f"one tenant, {size(one)}, into an empty warehouse", one),
        Workload("B", "the same again, nothing changed", one, starts_empty=False),
        Workload("C", "the same with 1 % of the rows of three days changed", one, starts_empty=False, has_changes=True),
        Workload("D", f"the night: 7 tenants, {size(night)}, 1 % of three days changed", night, starts_empty=False, has_changes=True),
        Workload("E", f"a year: {size(year)}, into an empty warehouse", year),
        Workload("F", f"wide and hostile rows: {size(wide)}, through a SQL template", wide),
    ]
