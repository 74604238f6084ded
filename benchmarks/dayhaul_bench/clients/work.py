"""What a client is asked to do. Clients run on their own, with nothing of the harness but this file."""
from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tenant:
    source: dict[str, Any]  # host, port, database, user, password
    query: str  # the report's, for the whole window
    schema: str  # made by `begin`
    table: str  # the partitioned parent in it
    begin: str
    finish: str


@dataclass(frozen=True)
class Work:
    warehouse: dict[str, Any]
    tenants: list[Tenant]
    columns: list[tuple[str, str]]  # name and PostgreSQL type
    at_once: int

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.columns]


def read() -> Work:
    """The work in the file that the first argument names."""
    with open(sys.argv[1]) as file:
        document = json.load(file)
    return Work(
        document["warehouse"], [Tenant(**tenant) for tenant in document["tenants"]], [tuple(c) for c in document["columns"]],
        document["at_once"])


def uri(login: dict[str, Any]) -> str:
    """A connection URI with the password, for libraries in this process."""
    return f"postgresql://{login['user']}:{login['password']}@{login['host']}:{login['port']}/{login['database']}?sslmode=disable"


def numerics_as_text(query: str, columns: list[tuple[str, str]]) -> str:
    """The query with its numerics cast to text."""
    casts = ", ".join(f'"{name}"::text' if kind == "numeric" else f'"{name}"' for name, kind in columns)
    return f"SELECT {casts} FROM ({query}) window_rows"


def insert_from(staging: str, tenant: Tenant, columns: list[tuple[str, str]]) -> str:
    """SQL that moves rows of a staging table into the partitions and drops it."""
    names = ", ".join(f'"{name}"' for name, _ in columns)
    casts = ", ".join(f'"{name}"::{kind}' for name, kind in columns)
    return f"INSERT INTO {tenant.schema}.{tenant.table} ({names}) SELECT {casts} FROM {staging};\nDROP TABLE {staging};\n"
