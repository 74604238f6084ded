"""What a measurement cost: CPU time, bytes through files, peak memory; from /proc and wait4(2)."""
from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Of a group of processes, since they began."""

    cpu: float  # seconds, user and system
    read: int  # bytes that read(2) and its like returned, from files, pipes and the page cache
    written: int  # bytes given to write(2) and its like

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.cpu + other.cpu, self.read + other.read, self.written + other.written)

    def __sub__(self, other: Usage) -> Usage:
        return Usage(self.cpu - other.cpu, self.read - other.read, self.written - other.written)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _process(pid: int) -> Usage:
    """A process and all its children that have ended and been waited for (proc(5): utime to cstime; io is summed the same way)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        io = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    except OSError:
        return Usage(0, 0, 0)
    return Usage(sum(int(f) for f in fields[11:15]) / _TICK, int(io["rchar"]), int(io["wchar"]))


def cluster_usage(postmaster: int) -> Usage:
    """Postmaster, the processes it has now, and those it had: sessions that ended are counted."""
    while True:
        children = _children(postmaster)
        usage = sum((_process(child) for child in children), _process(postmaster))
        # A session that ended meanwhile would be counted twice or not at all.
        if _children(postmaster) == children:
            return usage


def settle(postmasters: list[int], deadline: float = 2) -> None:
    """Waits until no server starts or ends a process for 50 ms, so that no session is left between two states."""
    end = time.monotonic() + deadline
    before = [_children(p) for p in postmasters]
    while time.monotonic() < end:
        time.sleep(0.05)
        now = [_children(p) for p in postmasters]
        if now == before:
            return
        before = now


@dataclass(frozen=True)
class Command:
    """A client, run as its users would. `arguments` hold no passwords."""

    arguments: list[str]
    environment: dict[str, str]
    directory: Path


@dataclass(frozen=True)
class ClientRun:
    """One run of a client and of all the processes that it started."""

    wall: float  # seconds from its start to its end
    usage: Usage
    peak_memory: int  # bytes: the sum over its processes of each one's highest resident set (VmHWM), sampled every 10 ms
    status: int
    output: str
    errors: str


class _MemorySampler(threading.Thread):
    """Follows a process and its descendants until it is told to stop."""

    def __init__(self, pid: int, ignored: str) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.ignored = ignored
        self.peaks: dict[int, int] = {}
        self.peak = 0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.01):
            pending = [self.pid]
            alive = 0
            while pending:
                pid = pending.pop()
                pending += _children(pid)
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    continue
                # Between fork and exec it is still a copy of this program.
                name = status.split("\n", 1)[0].removeprefix("Name:\t")
                if name == self.ignored or "VmHWM:" not in status:
                    continue
                alive += int(status.split("VmHWM:", 1)[1].split()[0]) * 1024
            self.peak = max(self.peak, alive)


def run_client(command: Command, deadline: float) -> ClientRun:
    """Runs a client to its end; after `deadline` seconds it is killed with all that it started (status -9)."""
    output, errors = command.directory / "stdout", command.directory / "stderr"
    with open(output, "wb") as out, open(errors, "wb") as err:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command.arguments, env=command.environment, cwd=command.directory, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            start_new_session=True)
        own_name = Path("/proc/self/comm").read_text().strip()
        sampler = _MemorySampler(process.pid, "" if Path(command.arguments[0]).name.startswith("python") else own_name)
        sampler.start()
        timer = threading.Timer(deadline, lambda: os.killpg(process.pid, 9))
        timer.start()
        try:
            # Left as a zombie, it can still be asked for what it read and wrote.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            wall = time.perf_counter() - begin
            io = _process(process.pid)
            _, status, rusage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            os.killpg(process.pid, 15)
            process.wait()
            raise
        finally:
            timer.cancel()
            sampler.ended.set()
            sampler.join()
    usage = Usage(rusage.ru_utime + rusage.ru_stime, io.read, io.written)
    return ClientRun(
        wall, usage, sampler.peak, process.returncode, output.read_text(errors="replace"), errors.read_text(errors="replace"))
