"""The clusters of a benchmark: primary, hot standby, warehouse; kept in one directory between runs."""
from __future__ import annotations

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import IO

from .dataset import Dataset
from .log import say
from .server import Account, Server, ServerError, find_programs, free_port

# Autovacuum would add its work to some measurement or other, and analyse for a contender that did not.
_COMMON = {
    "autovacuum": "off", "jit": "off", "wal_level": "replica", "max_connections": "80", "log_line_prefix": "%m [%p] ",
}
SOURCE_SETTINGS = _COMMON | {"shared_buffers": "64MB", "max_wal_senders": "6", "max_wal_size": "2GB", "wal_keep_size": "2GB"}
WAREHOUSE_SETTINGS = _COMMON | {"shared_buffers": "128MB", "maintenance_work_mem": "128MB", "max_wal_size": "4GB"}


class Fleet:
    """Three servers and who logs in to them: `reader` on the standby, `loader` (CREATEROLE, no superuser) in the warehouse."""

    def __init__(self, directory: Path, fsync: bool) -> None:
        self.directory = directory
        directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        directory.chmod(0o711)
        self._lock: IO[str] = open(directory / "lock", "w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ServerError(f"another benchmark runs in {directory}") from None
        self._state_file = directory / "state.json"
        state = json.loads(self._state_file.read_text()) if self._state_file.exists() else {}
        self._state = {"ports": {}, "passwords": {}, "databases": {}} | state
        self.account = Account.current()
        self.programs = find_programs()
        durability = {"fsync": "on" if fsync else "off"}
        self.primary = self._server("primary", SOURCE_SETTINGS | durability)
        self.standby = self._server("standby", SOURCE_SETTINGS | durability, self.primary)
        self.warehouse = self._server("warehouse", WAREHOUSE_SETTINGS | durability)
        self.settings = {"source": self.primary.settings, "warehouse": self.warehouse.settings}
        self._save()

    @property
    def servers(self) -> list[Server]:
        return [self.warehouse, self.primary, self.standby]

    def password(self, name: str) -> str:
        return self._state["passwords"].setdefault(name, secrets.token_hex(16))

    def _server(self, name: str, settings: dict[str, str], follows: Server | None = None) -> Server:
        ports: dict[str, int] = self._state["ports"]
        if name not in ports:
            ports[name] = free_port(set(ports.values()))
        password = self.password(follows.name if follows else name)
        return Server(name, self.directory / name, ports[name], password, settings, self.programs, self.account, follows)

    def _save(self) -> None:
        new = self._state_file.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(self._state, file, indent=1)
        new.replace(self._state_file)

    def open(self) -> None:
        """Makes what is missing, and starts what does not run."""
        for server in self.servers:
            if not server.exists:
                say(f"making {server.name}")
                server.make()
                if not server.follows:
                    server.start()
                    role = "loader" if server is self.warehouse else "reader"
                    attributes = "CREATEROLE" if server is self.warehouse else ""
                    server.psql(f"CREATE ROLE {role} LOGIN {attributes} PASSWORD '{self.password(role)}'")
                if server is self.primary:
                    self._state["databases"] = {}
                self._save()
            # The settings file is written at a start.
            if server.process:
                server.stop()
            server.start()
        self.standby.wait_for_replay()

    def fill(self, datasets: list[Dataset]) -> None:
        """Makes the source databases of `datasets` that are not there as they should be."""
        known: dict[str, str] = self._state["databases"]
        for dataset in datasets:
            for tenant in dataset.tenants:
                if known.get(tenant.database) == dataset.fingerprint(tenant):
                    continue
                say(f"filling {tenant.database}: {dataset.day_count} days of {dataset.rows_per_day:,} rows")
                known.pop(tenant.database, None)
                self._save()
                dataset.fill(tenant, self.primary)
                known[tenant.database] = dataset.fingerprint(tenant)
                self._save()
        self.standby.wait_for_replay()

    def forget(self, dataset: Dataset) -> None:
        """Has the databases of a dataset made anew next time: they were left changed."""
        for tenant in dataset.tenants:
            self._state["databases"].pop(tenant.database, None)
        self._save()

    def close(self, keep: bool) -> None:
        """Stops the servers, standby before primary, unless they are to run on."""
        if not keep:
            for server in [self.standby, self.primary, self.warehouse]:
                server.stop()
        self._lock.close()
