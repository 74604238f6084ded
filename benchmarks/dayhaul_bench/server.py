"""PostgreSQL clusters of the benchmark's own: initdb, pg_basebackup, start, stop, psql."""
from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path


class ServerError(Exception):
    """A server program failed; the text is what it said."""


def find_programs() -> Path:
    """The directory of PostgreSQL's server programs: DAYHAUL_PG_BIN, the newest of Debian's, or what pg_config says."""
    candidates = [Path(os.environ.get("DAYHAUL_PG_BIN", "/nonexistent"))]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: p.parent.name.zfill(4), reverse=True)
    if shutil.which("pg_config"):
        candidates.append(Path(subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True).stdout.strip()))
    for directory in candidates:
        if all((directory / name).exists() for name in ("initdb", "pg_ctl", "pg_basebackup")):
            return directory
    raise ServerError("initdb, pg_ctl and pg_basebackup are missing: make setup")


@dataclass(frozen=True)
class Account:
    """Who owns the clusters: the caller, or postgres where the caller is root, as which PostgreSQL does not run."""

    user: int
    group: int

    @classmethod
    def current(cls) -> Account:
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        try:
            entry = pwd.getpwnam("postgres")
        except KeyError:
            raise ServerError("root cannot run PostgreSQL, and there is no account postgres: make setup") from None
        return cls(entry.pw_uid, entry.pw_gid)

    @property
    def prefix(self) -> list[str]:
        """What stands before a command line for it to run as this account."""
        if self.user == os.geteuid():
            return []
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.group}", "--clear-groups", "--"]

    def own(self, path: Path) -> None:
        os.chown(path, self.user, self.group)


def free_port(taken: set[int]) -> int:
    """A port of 127.0.0.1 below Linux' range for outgoing connections, so that a stopped server finds it free again."""
    first = 21_000 + secrets.randbelow(8_000)
    for port in range(first, first + 2_000):
        if port in taken:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServerError("no free port")


@dataclass
class Server:
    """One cluster: its files in `directory`, its server on 127.0.0.1 while it runs."""

    name: str
    directory: Path
    port: int
    password: str
    settings: dict[str, str]
    programs: Path
    account: Account
    follows: Server | None = None
    started: bool = field(default=False, init=False)

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def exists(self) -> bool:
        return (self.directory / "complete").exists()

    @property
    def process(self) -> int | None:
        """The postmaster's process id; None when no server runs."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            pid = int(lines[0])
            return pid if os.readlink(f"/proc/{pid}/cwd") == str(self.data.resolve()) else None
        except (OSError, ValueError, IndexError):
            return None

    def _run(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        program = str(self.programs / arguments[0])
        variables = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"} | (environment or {})
        result = subprocess.run(
            self.account.prefix + [program, *arguments[1:]], env=variables, cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
        if result.returncode != 0:
            raise ServerError(f"{arguments[0]} of {self.name} failed:\n{result.stderr.strip()}")

    def _private(self, path: Path, text: str) -> None:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        self.account.own(path)

    def make(self) -> None:
        """initdb, or pg_basebackup of the primary that it follows. The superuser is postgres; the server is not started."""
        if self.process:
            self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(mode=0o700, parents=True)
        self.account.own(self.directory)
        if self.follows:
            self._run(
                "pg_basebackup", f"--pgdata={self.data}", "--wal-method=stream", "--checkpoint=fast", "--no-password", "--no-sync",
                "--host=127.0.0.1", f"--port={self.follows.port}", "--username=postgres",
                environment={"PGPASSWORD": self.follows.password})
            self._private(self.data / "standby.signal", "")
            self._private(self.directory / "passfile", f"*:*:*:*:{self.follows.password}\n")
        else:
            secret = self.directory / "initial-password"
            self._private(secret, self.password + "\n")
            self._run(
                "initdb", f"--pgdata={self.data}", "--username=postgres", f"--pwfile={secret}", "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions", "--no-sync")
            secret.unlink()
            with open(self.data / "postgresql.conf", "a") as file:
                file.write("\ninclude = '../benchmark.conf'\n")
        (self.directory / "complete").touch()

    def start(self) -> None:
        """Starts the server and waits until it takes connections; leaves one that runs as it is."""
        if self.process:
            return
        values = dict(self.settings)
        values |= {"port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "timezone": "UTC"}
        if self.follows:
            values["primary_conninfo"] = (
                f"host=127.0.0.1 port={self.follows.port} user=postgres passfile={self.directory / 'passfile'}")
            values["hot_standby"] = "on"
        self._private(self.directory / "benchmark.conf", "".join(f"{k} = '{v}'\n" for k, v in sorted(values.items())))
        self._run("pg_ctl", "start", "-s", "-w", "-t", "120", "-D", str(self.data), "-l", str(self.directory / "log"))
        self.started = True

    def stop(self) -> None:
        """Stops the server and waits until it has gone."""
        if self.process:
            self._run("pg_ctl", "stop", "-s", "-w", "-t", "120", "-m", "fast", "-D", str(self.data))

    def conninfo(self, database: str, user: str = "postgres") -> str:
        """A keyword string without the password."""
        return f"host=127.0.0.1 port={self.port} dbname={database} user={user}"

    def psql(self, sql: str, database: str = "postgres", variables: dict[str, str] | None = None) -> str:
        """Runs SQL as the superuser and returns what it prints, columns separated by `|`."""
        arguments = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        for name, value in (variables or {}).items():
            arguments += ["-v", f"{name}={value}"]
        environment = os.environ | {
            "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres", "PGPASSWORD": self.password,
            "PGDATABASE": database, "PGTZ": "UTC", "PGOPTIONS": "-c client_min_messages=warning"}
        result = subprocess.run(arguments, input=sql, env=environment, capture_output=True, text=True, start_new_session=True)
        if result.returncode != 0:
            raise ServerError(f"{self.name}/{database}: {result.stderr.strip()[:2000]}")
        return result.stdout.strip()

    def wait_for_replay(self, deadline: float = 600) -> None:
        """Waits until this standby has replayed all that its primary has written by now; `deadline` in seconds."""
        assert self.follows
        position = self.follows.psql("SELECT pg_current_wal_insert_lsn()")
        end = time.monotonic() + deadline
        while self.psql(f"SELECT pg_last_wal_replay_lsn() >= '{position}'") != "t":
            if time.monotonic() > end:
                raise ServerError(f"{self.name} has not replayed {position} in {deadline:.0f} s")
            time.sleep(0.05)
