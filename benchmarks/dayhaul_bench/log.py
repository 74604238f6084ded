"""Progress, on standard error."""
from __future__ import annotations

import sys
import time

_begin = time.monotonic()


def say(text: str) -> None:
    """Writes a line with the minutes and seconds since the program began."""
    minutes, seconds = divmod(int(time.monotonic() - _begin), 60)
    print(f"[{minutes:02}:{seconds:02}] {text}", file=sys.stderr, flush=True)


def elapsed() -> float:
    """Seconds since the program began."""
    return time.monotonic() - _begin
