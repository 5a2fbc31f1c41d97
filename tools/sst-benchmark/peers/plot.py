#!/usr/bin/env python3
"""Draws measurements as an SVG picture, readable on light and dark paper.

usage: plot.py RESULTS.jsonl [--ops OPS.json] [-o PICTURE.svg]

RESULTS.jsonl is what compare.py --json wrote: for each work a bar of the median time of each program, a mark at its
fastest call, and how much longer than SST it takes. OPS.json is {"ops": [{"name", "kernel", "measured_us",
"predicted_us"}]}: a second panel has the time of each op of a block, summed over blocks, and what was predicted.
"""

import argparse
import json
import re
import sys
from html import escape

sys.dont_write_bytecode = True

import results
from works import Failure

WIDTH, LABELS, BAR, STEP = 920, 220, 17, 25  # of the picture, of the names, height of a bar, from bar to bar
RIGHT = 200  # for the text after the longest bar
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 19px; font-weight: 600 } .head { font-size: 14px; font-weight: 600 }
.note { fill: #656d76; font-size: 12px } .ours { font-weight: 600 }
.bar { fill: #b6bec9 } .bar-ours { fill: #0a7ea4 } .mark { stroke: #1f2328; stroke-width: 1.5 }
.predicted { fill: none; stroke: #d1620f; stroke-width: 2 } .axis { stroke: #d0d7de } .paper { fill: #ffffff }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .note { fill: #8d96a0 } .bar { fill: #4b5563 } .bar-ours { fill: #2fa7d0 }
.mark { stroke: #e6edf3 } .predicted { stroke: #f0883e } .axis { stroke: #30363d } .paper { fill: #0d1117 }
}
"""


class Picture:
    """Elements from top to bottom."""

    def __init__(self):
        self.elements, self.y = [], 20

    def text(self, x, y, text, kind="", anchor="start"):
        place = f'x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}"'
        self.elements.append(f"<text {place}>{escape(text)}</text>")

    def rectangle(self, x, y, width, height, kind, tip=""):
        inside = f"<title>{escape(tip)}</title>" if tip else ""
        shape = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height}" rx="2" class="{kind}"'
        self.elements.append(f"<rect {shape}>{inside}</rect>")

    def line(self, x0, y0, x1, y1, kind):
        self.elements.append(f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" class="{kind}"/>')

    def heading(self, text, kind, note=""):
        self.y += 30 if kind == "title" else 34
        self.text(20, self.y, text, kind)
        if note:
            self.y += 19
            self.text(20, self.y, note, "note")
        self.y += 12

    def name(self, label, kind=""):
        """The name of the next bar; returns the bar's top."""
        self.text(LABELS - 10, self.y + BAR - 4, label, kind, "end")
        top = self.y
        self.y += STEP
        return top

    def svg(self):
        height = self.y + 20
        size = f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n<style>{STYLE}</style>'
        paper = f'<rect width="{WIDTH}" height="{height:.0f}" class="paper"/>'
        return "\n".join([head, paper, *self.elements, "</svg>\n"])


def unit(ms):
    return f"{ms * 1000:.0f} µs" if ms < 0.1 else results.milliseconds(ms) + " ms"


def draw_work(picture, work, rows):
    note = ""
    for row in rows:
        fast = results.speed(row, "of the multiply-adds that the CPU can do")
        if row["who"] == "sst" and fast:
            note = "SST: " + fast
    picture.heading(results.title(work), "head", note)
    longest = max((row["median_ms"] for row in rows if "median_ms" in row), default=1)
    scale = (WIDTH - LABELS - RIGHT) / longest
    top = picture.y
    for row in rows:
        ours = row["who"] == "sst"
        y = picture.name(row["label"], "ours" if ours else "")
        if "median_ms" not in row:
            picture.text(LABELS + 8, y + BAR - 4, row["problem"], "note")
            continue
        length = row["median_ms"] * scale
        tip = f"{row['library']}: median {unit(row['median_ms'])}, fastest {unit(row['min_ms'])}"
        picture.rectangle(LABELS, y, length, BAR, "bar-ours" if ours else "bar", tip)
        mark = LABELS + row["min_ms"] * scale
        picture.line(mark, y + 3, mark, y + BAR - 3, "mark")
        ratio = "" if ours or "ratio" not in row else f" · {row['ratio']:.2f} × SST"
        picture.text(LABELS + length + 8, y + BAR - 4, unit(row["median_ms"]) + ratio, "ours" if ours else "")
    picture.line(LABELS, top - 3, LABELS, picture.y - 5, "axis")


def sum_ops(ops):
    """Ops of the same name in different blocks together, in the order of the first."""
    sums = {}
    for op in ops:
        name = re.sub(r"^sst_block_\d+_|_\d+$", "", op["name"])
        if len(name) > 28:
            name = name[:25] + "..."
        zero = {"name": name, "kernel": op.get("kernel", ""), "measured_us": 0, "predicted_us": 0}
        entry = sums.setdefault(name, zero)
        for key in ("measured_us", "predicted_us"):
            entry[key] += op.get(key) or 0
    return list(sums.values())


def draw_ops(picture, ops):
    rows = sum_ops(ops)
    total = sum(row["measured_us"] for row in rows)
    note = f"{unit(total / 1000)} in all; ops of all blocks together; outlined: predicted"
    picture.heading("Where SST spends its time", "head", note)
    scale = (WIDTH - LABELS - RIGHT) / max((max(row["measured_us"], row["predicted_us"]) for row in rows), default=1)
    top = picture.y
    for row in rows:
        y = picture.name(row["name"])
        picture.rectangle(LABELS, y, row["measured_us"] * scale, BAR, "bar-ours", f"{row['name']}: {row['kernel']}")
        if row["predicted_us"]:
            picture.rectangle(LABELS, y + 1, row["predicted_us"] * scale, BAR - 2, "predicted")
        end = LABELS + max(row["measured_us"], row["predicted_us"]) * scale + 8
        share = 100 * row["measured_us"] / total if total else 0
        picture.text(end, y + BAR - 4, f"{unit(row['measured_us'] / 1000)} · {share:.0f} % · {row['kernel']}", "note")
    picture.line(LABELS, top - 3, LABELS, picture.y - 5, "axis")


def draw(machine, lines, ops, path):
    """Writes the picture; `ops` may be None."""
    picture = Picture()
    about = "median of the rounds, shorter is better; mark: the fastest call; same weights, same input, f32"
    picture.heading(f"One call on {machine['cpu']}", "title", about)
    for work, rows in results.summarize(lines).items():
        draw_work(picture, work, rows)
    if ops:
        draw_ops(picture, ops)
    with open(path, "w", encoding="utf-8") as file:
        file.write(picture.svg())


def load_ops(path):
    try:
        with open(path) as file:
            ops = json.load(file)["ops"]
        if not all(isinstance(op["name"], str) and isinstance(op["measured_us"], (int, float)) for op in ops):
            raise ValueError
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}")
    except (ValueError, KeyError, TypeError):
        raise Failure(f'{path}: expects {{"ops": [{{"name", "kernel", "measured_us", "predicted_us"}}]}}')
    return ops


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", help="what compare.py --json wrote")
    parser.add_argument("--ops", metavar="FILE", help="times of ops, for a second panel")
    parser.add_argument("-o", "--output", default="peers.svg", help="(default: %(default)s)")
    options = parser.parse_args()
    draw(*results.load(options.results), load_ops(options.ops) if options.ops else None, options.output)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"plot.py: error: {failure}")
    except OSError as error:
        sys.exit(f"plot.py: error: {error.filename}: {error.strerror}")
