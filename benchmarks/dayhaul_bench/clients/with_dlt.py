"""A dlt pipeline with connectorx as its reader."""
from __future__ import annotations

import connectorx
import dlt
import psycopg2
import work


def main() -> None:
    job = work.read()
    connection = psycopg2.connect(work.uri(job.warehouse))
    connection.autocommit = True
    cursor = connection.cursor()
    for tenant in job.tenants:
        cursor.execute(tenant.begin)
        dataset = f"{tenant.schema}_dlt"

        @dlt.resource(name="arrived", write_disposition="replace")
        def rows(tenant: work.Tenant = tenant):  # type: ignore[no-untyped-def]
            yield connectorx.read_sql(
                work.uri(tenant.source), work.numerics_as_text(tenant.query, job.columns), return_type="arrow", protocol="binary")

        pipeline = dlt.pipeline(
            f"bench_{tenant.schema}", destination=dlt.destinations.postgres(work.uri(job.warehouse)), dataset_name=dataset)
        pipeline.run(rows(), loader_file_format="csv").raise_on_failed_jobs()
        cursor.execute(work.insert_from(f"{dataset}.arrived", tenant, job.columns))
        cursor.execute(f"DROP SCHEMA {dataset} CASCADE")
        for statement in tenant.finish.split(";\n"):
            if statement.strip():
                cursor.execute(statement)


main()
