"""The virtual environment with the peers that come from PyPI."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .contenders import Contender
from .log import say

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"


def ensure(directory: Path, contenders: list[type[Contender]]) -> tuple[Path | None, str]:
    """The environment's Python, made where it is missing or of other versions; None and the reason where that fails."""
    if not any(getattr(contender, "uses_python", False) for contender in contenders):
        return None, "not wanted"
    python, mark = directory / "bin/python", directory / "complete"
    wanted = REQUIREMENTS.read_text()
    if mark.exists() and mark.read_text() == wanted:
        return python, ""
    say("installing the peers that come from PyPI")
    directory.parent.mkdir(parents=True, exist_ok=True)
    for arguments in (
        [sys.executable, "-m", "venv", "--clear", str(directory)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(REQUIREMENTS)],
    ):
        result = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if result.returncode != 0:
            said = (result.stderr.strip() or result.stdout.strip()).splitlines()
            return None, "its packages cannot be installed: " + (said[-1] if said else "no reason given")
    mark.write_text(wanted)
    return python, ""
