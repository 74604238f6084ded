"""connectorx reads Arrow, ADBC writes it."""
from __future__ import annotations

import adbc_driver_postgresql.dbapi
import connectorx
import work


def execute(cursor: adbc_driver_postgresql.dbapi.Cursor, sql: str) -> None:
    """Runs statements that end with a semicolon and a new line; ADBC takes one at a time."""
    for statement in sql.split(";\n"):
        if statement.strip():
            cursor.execute(statement)


def main() -> None:
    job = work.read()
    with adbc_driver_postgresql.dbapi.connect(work.uri(job.warehouse), autocommit=True) as connection, connection.cursor() as cursor:
        for tenant in job.tenants:
            execute(cursor, tenant.begin)
            rows = connectorx.read_sql(
                work.uri(tenant.source), work.numerics_as_text(tenant.query, job.columns), return_type="arrow", protocol="binary")
            cursor.adbc_ingest("arrived", rows, mode="create", db_schema_name=tenant.schema)
            del rows
            execute(cursor, work.insert_from(f"{tenant.schema}.arrived", tenant, job.columns))
            execute(cursor, tenant.finish)


main()
