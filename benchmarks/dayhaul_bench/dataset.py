"""What is loaded: reports, source databases, days."""
from __future__ import annotations

import datetime
import json
import re
from dataclasses import dataclass
from pathlib import Path

from .server import Server

FIRST_DAY = datetime.date(2025, 9, 1)
PROJECT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Report:
    """A row of `_wh.mv_templates`."""

    name: str
    query: str
    columns: tuple[tuple[str, str], ...]  # name and type, in order
    column_definitions: str
    indexes: str
    day_column: str
    file: Path

    def day_query(self, day: datetime.date) -> str:
        return self.query.replace("{TARGET_DATE}", day.isoformat()).strip()

    def window_query(self, days: list[datetime.date]) -> str:
        """The query for all of `days`, which follow each other."""
        end = (days[-1] + datetime.timedelta(days=1)).isoformat()
        text = re.sub(r"'\{TARGET_DATE\}'::date \+ 1", f"'{end}'::date", self.query)
        return text.replace("{TARGET_DATE}", days[0].isoformat()).strip()

    def index_statements(self, schema: str, table: str, day: datetime.date) -> list[str]:
        text = self.indexes.replace("{SCHEMA}", schema).replace("{VIEW_NAME}", table).replace("{TARGET_DATE}", day.isoformat())
        return [statement.strip() for statement in text.split(";") if statement.strip()]

    def day_table(self, day: datetime.date) -> str:
        return f"{self.name}_{day:%Y_%m_%d}"

    @property
    def indexed_columns(self) -> list[str]:
        return re.findall(r"\{VIEW_NAME\} \((\w+)\)", self.indexes)

    @classmethod
    def read(cls, file: Path, server: Server) -> Report:
        """What a template file would put into a warehouse."""
        text = server.psql(
            "BEGIN; CREATE SCHEMA _wh; CREATE TABLE _wh.mv_templates (template_name text PRIMARY KEY, description text, query_template text,"
            " column_definitions text, indexes text, day_column text, key_columns text[], native_report text);\n"
            + file.read_text() + "\nSELECT row_to_json(t) FROM _wh.mv_templates t; ROLLBACK;")
        row = json.loads(text)
        columns = tuple(tuple(part.strip().split(" ", 1)) for part in row["column_definitions"].split(","))
        return cls(
            row["template_name"], row["query_template"], columns, " ".join(row["column_definitions"].split()), row["indexes"],
            row["day_column"], file)


@dataclass(frozen=True)
class Tenant:
    """A source database, and the schema of the warehouse that it is loaded into."""

    schema: str
    database: str
    seed: int


@dataclass(frozen=True)
class Dataset:
    """Source databases of one shape, all on the one primary and its standby."""

    name: str
    tenants: tuple[Tenant, ...]
    day_count: int
    rows_per_day: int
    kind: str = "foodlogs"  # or wide
    menu_copies: int = 20  # 288,000 menu rows

    @property
    def days(self) -> list[datetime.date]:
        return [FIRST_DAY + datetime.timedelta(days=n) for n in range(self.day_count)]

    @property
    def rows(self) -> int:
        """Facts, of all tenants together; the food-log report has as many rows."""
        return len(self.tenants) * self.day_count * self.rows_per_day

    @property
    def template(self) -> Path:
        return PROJECT / ("sql/template-foodlogstats.sql" if self.kind == "foodlogs" else "benchmarks/sql/wide-template.sql")

    def fingerprint(self, tenant: Tenant) -> str:
        """Tells whether a database that is there holds these data."""
        return f"{self.kind} {tenant.seed} {self.day_count} {self.rows_per_day} {self.menu_copies} 1"

    def fill(self, tenant: Tenant, primary: Server) -> None:
        """Makes the tenant's database anew, with a login `reader` that may SELECT."""
        primary.psql(f"DROP DATABASE IF EXISTS {tenant.database} WITH (FORCE);\nCREATE DATABASE {tenant.database};")
        variables = {
            "seed": str(tenant.seed), "first_day": FIRST_DAY.isoformat(), "days": str(self.day_count), "rows_per_day": str(self.rows_per_day),
            "menu_copies": str(self.menu_copies)}
        sources = ["sql/tenant-source/schema.sql", "sql/tenant-source/generate.sql"]
        for source in sources if self.kind == "foodlogs" else ["benchmarks/sql/wide-source.sql"]:
            primary.psql((PROJECT / source).read_text(), tenant.database, variables)
        primary.psql("VACUUM ANALYZE; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", tenant.database)

    def change(self, primary: Server, back: bool) -> None:
        """Changes the quantity of one row in a hundred of the last three days of each tenant, or changes it back."""
        table, column, time = ("phood_foodlogsum", "quantity", "logged_time") if self.kind == "foodlogs" else ("wide_event", "amount", "happened")
        first = self.days[-min(3, self.day_count)]
        for tenant in self.tenants:
            primary.psql(
                f"UPDATE {table} SET {column} = {column} {'-' if back else '+'} 1 WHERE {time} >= '{first}'::date AND id % 100 = 7",
                tenant.database)


def row_hash_query(relation: str, columns: list[str], day_column: str) -> str:
    """A day, its rows, and a sum over a hash of each row's text: the same whatever the rows' order."""
    row = ", ".join(f't."{column}"' for column in columns)
    return (
        f"SELECT (t.{day_column} AT TIME ZONE 'UTC')::date, count(*), sum(hashtextextended(ROW({row})::text, 0)::numeric)"
        f" FROM {relation} t GROUP BY 1 ORDER BY 1")


def column_hash_query(relation: str, columns: list[str]) -> str:
    """The number of rows, then for each column a sum over a hash of its text; one line."""
    sums = ", ".join(f'sum(hashtextextended(t."{column}"::text, 0)::numeric)' for column in columns)
    return f"SELECT count(*), {sums} FROM {relation} t"
