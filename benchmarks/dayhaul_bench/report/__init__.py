"""Tables and charts of results."""
from __future__ import annotations

import json
from pathlib import Path

from ..measurement import Results
from . import markdown


def write_all(results: Results, output: Path) -> None:
    """results.json, results.md and its charts."""
    (output / "results.json").write_text(json.dumps(results.document(), indent=1) + "\n")
    markdown.write(results, output)
