"""python3 -m unittest, in benchmarks/"""
from __future__ import annotations

import datetime
import unittest

from dayhaul_bench.dataset import Report
from dayhaul_bench.estimates import q_error
from dayhaul_bench.figures import Bound, figures, judged
from dayhaul_bench.measurement import Measurement, Results, Spread
from dayhaul_bench.publishing import lock_times, percentile


class SpreadTests(unittest.TestCase):
    def test_median_of_an_even_number_lies_between(self) -> None:
        self.assertEqual(Spread.of([4, 1, 3, 2]), Spread(2.5, 1, 4, 4))

    def test_nothing_has_no_spread(self) -> None:
        self.assertIsNone(Spread.of([]))

    def test_percentile_is_one_of_the_values(self) -> None:
        values = [float(n) for n in range(1, 201)]
        self.assertEqual(percentile(values, 0.99), 198)
        self.assertEqual(percentile([7.0], 0.99), 7)


class QErrorTests(unittest.TestCase):
    def test_is_the_same_both_ways(self) -> None:
        self.assertEqual(q_error(10, 40), 4)
        self.assertEqual(q_error(40, 10), 4)

    def test_less_than_a_row_counts_as_one(self) -> None:
        self.assertEqual(q_error(0, 1), 1)
        self.assertEqual(q_error(0, 5), 5)


class FigureTests(unittest.TestCase):
    def results(self) -> Results:
        def run(contender: str, wall: float, source: float, error: str | None = None) -> Measurement:
            return Measurement("A", contender, 1, 1000, wall=wall, source_cpu=source, client_cpu=0.5, warehouse_cpu=1, wal_bytes=5000, error=error)

        runs = [run("dayhaul", 2, 0.1), run("dayhaul", 4, 0.1), run("dblink", 12, 0.6), run("psql", 6, 0.3), run("floor", 1, 0.5)]
        return Results({"workloads": {"A": ""}, "cores": 2}, runs + [run("fdw", 0.1, 0, error="failed")])

    def test_ratios_are_of_medians_and_failures_do_not_count(self) -> None:
        found = figures(self.results())
        self.assertAlmostEqual(found["A wall, dblink"], 4)
        self.assertAlmostEqual(found["A wall, fastest other peer"], 2)
        self.assertAlmostEqual(found["A source CPU, dblink"], 6)
        self.assertAlmostEqual(found["A WAL bytes a row"], 5)

    def test_floor_is_all_its_cpu_over_the_cores(self) -> None:
        self.assertAlmostEqual(figures(self.results())["A wall, dayhaul to floor"], 3 / ((0.5 + 0.5 + 1) / 2))

    def test_a_figure_that_was_not_measured_meets_nothing(self) -> None:
        verdicts = [verdict for _, _, verdict in judged([Bound("a", at_least=2), Bound("b", at_most=2), Bound("c", at_most=1)], {"a": 2, "b": 3})]
        self.assertEqual(verdicts, ["met", "not met", "not measured"])


class LockTests(unittest.TestCase):
    def test_counts_from_the_begin_of_attach_to_the_end_of_commit_of_each_session(self) -> None:
        log = """\
2026-01-01 10:00:00.100 UTC [7] LOG:  duration: 10.000 ms  statement: ALTER TABLE a ATTACH PARTITION b FOR VALUES FROM (1) TO (2)
2026-01-01 10:00:00.105 UTC [8] LOG:  duration: 1.000 ms  statement: COMMIT
2026-01-01 10:00:00.110 UTC [8] LOG:  duration: 2.000 ms  execute <unnamed>: ALTER TABLE a ATTACH PARTITION c FOR VALUES FROM (2) TO (3)
2026-01-01 10:00:00.120 UTC [7] LOG:  duration: 3.000 ms  statement: COMMIT
2026-01-01 10:00:00.130 UTC [8] LOG:  duration: 3.000 ms  statement: COMMIT
"""
        self.assertEqual([round(time) for time in lock_times(log.splitlines())], [30, 22])


class WindowTests(unittest.TestCase):
    def test_a_days_query_becomes_a_windows(self) -> None:
        query = "SELECT 1 WHERE t >= '{TARGET_DATE}'::date AND t < '{TARGET_DATE}'::date + 1"
        report = Report("r", query, (), "", "", "t", __file__)  # type: ignore[arg-type]
        days = [datetime.date(2025, 1, 30), datetime.date(2025, 1, 31)]
        self.assertEqual(report.window_query(days), "SELECT 1 WHERE t >= '2025-01-30'::date AND t < '2025-02-01'::date")


if __name__ == "__main__":
    unittest.main()
