"""Who is measured: dayhaul, what it replaces, and what else would do its work."""
from __future__ import annotations

from .base import Contender, Job
from .dayhaul import Dayhaul
from .dblink import Dblink
from .floor import Floor
from .foreign_data import PostgresFdw
from .pgcopydb import Pgcopydb
from .psql import PsqlPipe
from .python_clients import Asyncpg, ConnectorxAdbc, Dlt, DuckDB
from .sling import Sling

ALL: list[type[Contender]] = [
    Dayhaul, Dblink, PostgresFdw, PsqlPipe, Asyncpg, DuckDB, Pgcopydb, ConnectorxAdbc, Sling, Dlt, Floor,
]

__all__ = ["ALL", "Contender", "Job"]
