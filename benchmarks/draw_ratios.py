#!/usr/bin/env python3
"""Draws what benchmarks/cpu_vs_pytorch measured: processor time of PyTorch's best variant over ours, by setting.

    benchmarks/draw_ratios.py benchmarks/results/cpu-vs-pytorch.json docs/images/cpu-vs-pytorch.svg
"""
import html
import json
import math
import pathlib
import sys

WIDTH, LABEL, ROW, TOP = 720, 330, 24, 44  # pixels
STYLE = """text{font:13px system-ui,sans-serif;fill:#1b1f24}.dim{fill:#59636e}.bar{fill:#0072b2}.line{stroke:#59636e}
.spread{stroke:#1b1f24;stroke-width:2}
@media (prefers-color-scheme:dark){text{fill:#e8ebee}.dim{fill:#a0aab4}.bar{fill:#56b4e9}.line{stroke:#a0aab4}
.spread{stroke:#e8ebee}}"""


def draw(results: list[dict]) -> str:
    ratios = [result["ratios"]["cpu_ms_median"] for result in results]
    most = max(1.5, math.ceil(2 * max(ratio["highest"] for ratio in ratios)) / 2)
    x = lambda ratio: round(LABEL + (WIDTH - LABEL - 60) * ratio / most, 1)
    parts = []
    for i, (result, ratio) in enumerate(zip(results, ratios, strict=True)):
        y = TOP + i * ROW
        parts += [f'<text x="{LABEL - 10}" y="{y + 13}" text-anchor="end">{html.escape(result["setting"])}</text>',
                  f'<rect class="bar" x="{LABEL}" y="{y + 2}" width="{x(ratio["ratio"]) - LABEL:.1f}" height="{ROW - 8}"/>',
                  f'<line class="spread" x1="{x(ratio["lowest"])}" x2="{x(ratio["highest"])}" y1="{y + 10}" y2="{y + 10}"/>',
                  f'<text x="{x(ratio["highest"]) + 8}" y="{y + 14}">{ratio["ratio"]:.2f}</text>']
    bottom = TOP + len(results) * ROW
    title = "Processor time of PyTorch's best variant over trireme's, a step; thin: lowest and highest round"
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 12}" role="img" '
                      f'aria-label="{title}">', f"<style>{STYLE}</style>",
                      f'<text class="dim" x="{WIDTH - 10}" y="18" text-anchor="end">{title}</text>',
                      f'<line class="line" x1="{x(1)}" x2="{x(1)}" y1="{TOP - 14}" y2="{bottom}"/>',
                      f'<text class="dim" x="{x(1)}" y="{TOP - 4}" text-anchor="start"> 1: as fast</text>', *parts, "</svg>", ""])


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    pathlib.Path(sys.argv[2]).write_text(draw(json.loads(pathlib.Path(sys.argv[1]).read_text())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
