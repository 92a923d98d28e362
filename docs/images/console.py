#!/usr/bin/env python3
"""Draws what the console shows of a real run as console.svg: curl -s http://ADDRESS/api/pool | docs/images/console.py"""
import json
import sys
from html import escape
from pathlib import Path

STYLE = """text{font:13px system-ui,sans-serif;fill:#1a1d21}.b{font-weight:600}.dim{fill:#5a626b}.r{text-anchor:end}
.done{fill:#d9f2e3}.busy{fill:#dbe9fb}.bad{fill:#fbdedf}.paper{fill:#fff}.head{fill:#f3f5f7}.line{stroke:#d5dae0}
@media(prefers-color-scheme:dark){text{fill:#e6e9ec}.dim{fill:#a3acb5}.done{fill:#12351f}.busy{fill:#17304d}.bad{fill:#4a1a1c}
.paper{fill:#14171a}.head{fill:#1d2226}.line{stroke:#333a41}}"""
ROW, PAD = 24, 10


def seconds(ms):
    return f"{ms / 1000:.0f} s"


def rows(pool):
    """Cells as (text, style), the head first."""
    used = [s for s in pool["stage_order"] if any(s in q.get("tasks", {}) for q in pool["sequences"])]
    yield [(t, "") for t in ("heights", "state", *used, "window", "time", "ends in")]
    for sequence in pool["sequences"]:
        first, last = sequence["start_height"], sequence["facts"].get("end_height")
        cells = [(str(first) if last in (None, str(first)) else f"{first}–{last}", ""),
                 (sequence["state"], {"verified": "done", "running": "busy"}.get(sequence["state"], "bad"))]
        for stage in used:
            task = sequence.get("tasks", {}).get(stage)
            if not task:
                cells.append(("", ""))
                continue
            style = "bad" if task["dead"] else "busy" if task["running"] else "done" if task["done"] == task["all"] else ""
            cells.append((f"{task['done']}/{task['all']}" + (" *" if task["running"] else ""), style))
        window = sequence.get("window", {})
        counted = window.get("phase") in ("commit", "reveal")
        ended = sequence["ended_ms"]
        cells += [(f"{window['phase']}, {window['blocks_left']} blocks left" if counted and not ended else
                   "–" if ended else window.get("phase", "–"), ""),
                  (seconds((ended or pool["now_ms"]) - sequence["begun_ms"]), ""),
                  ("–" if ended else f"about {seconds(sequence['eta_ms'])}" if "eta_ms" in sequence else "?", "")]
        yield cells


def draw(pool):
    table = list(rows(pool))
    widths = [max(len(row[i][0]) for row in table) * 7.4 + 2 * PAD for i in range(len(table[0]))]
    width, top = sum(widths), 40
    out = [f'<text x="0" y="20" class="b" style="font-size:16px">Cairn <tspan class="dim">{escape(pool["pool"])}, block {pool["chain"]["head"]}</tspan></text>']
    for y, row in enumerate(table):
        x = 0
        for i, (text, style) in enumerate(row):
            style = style or ("head" if y == 0 else "")
            if style:
                out.append(f'<rect x="{x:.0f}" y="{top + y * ROW}" width="{widths[i]:.0f}" height="{ROW}" class="{style}"/>')
            left = i < 2
            place = x + PAD if left else x + widths[i] - PAD
            out.append(f'<text x="{place:.0f}" y="{top + y * ROW + 17}" class="{"" if left else "r"}{" b" if y == 0 or i == 0 else ""}">{escape(text)}</text>')
            x += widths[i]
        out.append(f'<line x1="0" x2="{width:.0f}" y1="{top + (y + 1) * ROW}" y2="{top + (y + 1) * ROW}" class="line"/>')
    height = top + len(table) * ROW + 2
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 -8 {width + 24:.0f} {height + 16}" role="img" '
            f'aria-label="The console during a run: heights against stages"><style>{STYLE}</style>'
            f'<rect x="-12" y="-8" width="{width + 24:.0f}" height="{height + 16}" class="paper"/>' + "\n".join(out) + "</svg>\n")


if __name__ == "__main__":
    (Path(__file__).parent / "console.svg").write_text(draw(json.load(sys.stdin)))
