"""Two psql and a pipe between them."""
from __future__ import annotations

import os

from ..accounting import Command
from .base import Contender, Job, finish, partitions


class PsqlPipe(Contender):
    """A tenant's window in one binary COPY into day partitions, beside the schema that is there; indexes, ANALYZE, and an exchange of
    the schemas. As many tenants at once as there are cores."""

    name = "psql"
    title = "psql | psql, binary COPY of the window"

    def command(self, job: Job, reload: bool) -> Command:
        report = job.report
        for tenant in job.dataset.tenants:
            staging = f"{tenant.schema}_new"
            job.write(f"begin_{tenant.schema}.sql", f"CREATE SCHEMA {staging};\n" + partitions(job, staging))
            job.write(f"finish_{tenant.schema}.sql", finish(job, staging, tenant.schema))
            query = " ".join(report.window_query(job.dataset.days).split())
            job.write(f"read_{tenant.schema}.sql", rf"COPY ({query}) TO STDOUT (FORMAT binary);")
            names = ", ".join(name for name, _ in report.columns)
            job.write(f"write_{tenant.schema}.sql", rf"\copy {staging}.{report.name} ({names}) FROM pstdin (FORMAT binary)")
        tenants = "\n".join(f"{tenant.schema} {tenant.database}" for tenant in job.dataset.tenants)
        # \n at the end of a binary stream would be data for psql's \copy to stdout: COPY … TO STDOUT prints the stream alone.
        return job.bash(f"""
load() {{
    sql() {{ psql -X -q -v ON_ERROR_STOP=1 -d '{job.warehouse}' -f "$1"; }}
    sql "begin_$1.sql"
    psql -X -q -v ON_ERROR_STOP=1 -d "{job.source('$2')}" -f "read_$1.sql" | sql "write_$1.sql"
    sql "finish_$1.sql"
}}
export -f load
xargs -P {os.cpu_count()} -L 1 bash -c 'set -euo pipefail; load "$@"' load <<'TENANTS'
{tenants}
TENANTS
""")
