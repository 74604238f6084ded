"""Measures dayhaul beside what it replaces and what else would do its work, on clusters of its own. Start: `python3 -m dayhaul_bench run`."""
