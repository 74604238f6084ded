"""postgres_fdw: the warehouse reads the source's tables by itself."""
from __future__ import annotations

from ..accounting import Command
from .base import Contender, Job, finish, partitions


class PostgresFdw(Contender):
    """Foreign tables with fetch_size 10,000, analysed beforehand; INSERT … SELECT of the window into day partitions."""

    name = "fdw"
    title = "postgres_fdw INSERT … SELECT"

    def prepare(self, job: Job) -> None:
        sql = ["CREATE EXTENSION postgres_fdw", "GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO loader"]
        for tenant in job.dataset.tenants:
            server, schema = f"source_{tenant.schema}", f"foreign_{tenant.schema}"
            sql += [
                f"CREATE SERVER {server} FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{job.fleet.standby.port}',"
                f" dbname '{tenant.database}', fetch_size '10000', sslmode 'disable')",
                f"GRANT USAGE ON FOREIGN SERVER {server} TO loader",
                f"CREATE USER MAPPING FOR loader SERVER {server} OPTIONS (user 'reader', password '{job.fleet.password('reader')}')",
                "SET ROLE loader",
                f"CREATE SCHEMA {schema}",
                f"IMPORT FOREIGN SCHEMA public FROM SERVER {server} INTO {schema}",
                "RESET ROLE",
            ]
        job.sql(f"GRANT CREATE ON DATABASE {job.database} TO loader;\n" + ";\n".join(sql) + ";\n")
        job.sql(
            "SET ROLE loader;\nSELECT format('ANALYZE %I.%I', foreign_table_schema, foreign_table_name)"
            " FROM information_schema.foreign_tables \\gexec\n")

    def command(self, job: Job, reload: bool) -> Command:
        report = job.report
        names = ", ".join(name for name, _ in report.columns)
        text = ["\\set ON_ERROR_STOP on\n"]
        for tenant in job.dataset.tenants:
            staging = f"{tenant.schema}_new"
            text += [
                f"CREATE SCHEMA {staging};\n", partitions(job, staging), f"SET search_path = foreign_{tenant.schema}, public;\n",
                f"INSERT INTO {staging}.{report.name} ({names})\n{report.window_query(job.dataset.days)};\n",
                "RESET search_path;\n", finish(job, staging, tenant.schema)]
        script = job.write("run.sql", "".join(text))
        return Command(["psql", "-X", "-q", "-d", job.warehouse, "-f", str(script)], job.environment(), job.directory)
