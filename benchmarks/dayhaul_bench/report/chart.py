"""A bar chart as SVG, readable on light and on dark ground."""
from __future__ import annotations

import html

from ..contenders import ALL
from ..measurement import Results

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f } .small { font-size: 11px; fill: #57606a }
.bar { fill: #8c959f } .own { fill: #0969da } .floor { fill: #1a7f37 } .range { stroke: #24292f; stroke-width: 1.2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 } .bar { fill: #6e7681 } .own { fill: #4493f8 } .floor { fill: #3fb950 } .range { stroke: #e6edf3 }
}
"""


def wall(results: Results, letter: str) -> str:
    """Medians of the wall-clock seconds as bars, with a line from the least to the most."""
    bars = []
    for contender in ALL:
        spread = results.spread(letter, contender.name, "wall")
        if spread:
            bars.append((contender, spread))
    bars.sort(key=lambda bar: bar[1].median)
    left, width, step = 280, 480, 26
    height = 34 + step * len(bars) + 12
    most = max((spread.most for _, spread in bars), default=1)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 70} {height}" role="img">',
        f"<title>{letter}: {html.escape(results.about['workloads'][letter])}</title><style>{_STYLE}</style>",
        f'<text x="8" y="18" class="small">{letter}: {html.escape(results.about["workloads"][letter])}; seconds, median and min–max</text>']
    for number, (contender, spread) in enumerate(bars):
        top = 30 + step * number
        kind = {"dayhaul": "own", "floor": "floor"}.get(contender.name, "bar")
        length, low, high = (width * value / most for value in (spread.median, spread.least, spread.most))
        lines += [
            f'<text x="{left - 8}" y="{top + 14}" text-anchor="end">{html.escape(contender.title)}</text>',
            f'<rect x="{left}" y="{top + 2}" width="{max(length, 1):.1f}" height="16" rx="2" class="{kind}"/>',
            f'<line x1="{left + low:.1f}" x2="{left + high:.1f}" y1="{top + 10}" y2="{top + 10}" class="range"/>',
            f'<text x="{left + high + 6:.1f}" y="{top + 14}">{spread.median:.2f}</text>']
    return "\n".join(lines + ["</svg>"]) + "\n"
