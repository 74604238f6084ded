"""DuckDB: the source and the warehouse attached, the report's query in between."""
from __future__ import annotations

import importlib.resources
import re

import duckdb
import work


def conninfo(login: dict[str, object]) -> str:
    return f"host={login['host']} port={login['port']} dbname={login['database']} user={login['user']} password={login['password']}"


def main() -> None:
    job = work.read()
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
    extension = importlib.resources.files("duckdb_extension_postgres_scanner") / f"extensions/v{duckdb.__version__}/postgres_scanner.duckdb_extension"
    connection.execute(f"LOAD '{extension}'")
    connection.execute(f"ATTACH '{conninfo(job.warehouse)}' AS warehouse (TYPE postgres)")

    def warehouse(sql: str) -> None:
        for statement in filter(str.strip, sql.split(";\n")):
            if statement not in ("BEGIN", "COMMIT"):
                connection.execute("CALL postgres_execute('warehouse', ?)", [statement])

    names = ", ".join(f'"{name}"' for name in job.names)
    for tenant in job.tenants:
        connection.execute(f"ATTACH '{conninfo(tenant.source)}' AS source (TYPE postgres, READ_ONLY)")
        # Without its ICU extension DuckDB cannot make an instant of a date.
        query = re.sub(r"'(\d{4}-\d\d-\d\d)'::date", r"'\1 00:00:00+00'::timestamptz", tenant.query)
        connection.execute("USE source.public")
        # It writes a numeric without precision through a double: the columns get the precision that they have in the query.
        begin = tenant.begin
        for name, kind, *_ in connection.execute(f"DESCRIBE {query}").fetchall():
            if kind.startswith("DECIMAL"):
                begin = re.sub(rf"\b{name} numeric\b", f"{name} {kind}", begin, count=1)
        warehouse(begin)
        connection.execute("CALL pg_clear_cache()")
        connection.execute(f"INSERT INTO warehouse.{tenant.schema}.{tenant.table} ({names}) {query}")
        connection.execute("USE memory")
        connection.execute("DETACH source")
        warehouse(tenant.finish)


main()
