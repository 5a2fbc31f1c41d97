#!/usr/bin/env python3
"""Checks the inner loops of the register tiles of projections in AArch64 assembly.

Usage: inner_loops.py f32|bf16 FILE.s

Finds the innermost loop of every tile by its fused multiply-adds, and prints for each kind of tile its rows and panels
and the least share of fmla. No loop may touch the stack. Tiles with at least 16 sums keep the processor busy: 65 % of
their instructions must be fmla; with weights in bf16, which become f32 in the loop, 64 %. Smaller ones load more than
they compute with.
"""

import re
import sys

UNROLL, VECTORS = 4, 4  # steps of k in a loop; registers of a panel
TILES = {"f32": {(6, 1): 65, (4, 1): 65, (2, 1): 50, (1, 1): 35, (1, 2): 45},
         "bf16": {(4, 1): 64, (2, 1): 45, (1, 1): 30, (1, 2): 35}}
KERNEL = re.compile(r"^\"?sst_dense_(\d+)_columns_\w+\.aarch64\"?:")
LABEL = re.compile(r"^(\.L\w+):")
BRANCH = re.compile(r"^(?:b|b\.\w+|cbn?z|tbn?z)\s.*?(\.L\w+)$")
STACK = re.compile(r"\[(?:sp|x29)[\],]")


def functions(lines):
    """(columns, lines of code and labels) of each kernel."""
    kernel, body = None, []
    for line in lines:
        found = KERNEL.match(line)
        if found:
            kernel, body = int(found.group(1)), []
        elif kernel and line.startswith(".Lfunc_end"):
            yield kernel, body
            kernel = None
        elif kernel:
            text = line.split("//")[0].strip()
            if LABEL.match(text) or (text and not text.startswith(".")):
                body.append(text)


def inner_loops(body):
    """The instructions of every loop without another one inside."""
    labels = {LABEL.match(text).group(1): i for i, text in enumerate(body) if LABEL.match(text)}
    ranges = set()
    for i, text in enumerate(body):
        found = BRANCH.match(text)
        if found and labels.get(found.group(1), i) < i:
            ranges.add((labels[found.group(1)], i))
    for begin, end in sorted(ranges):
        if not any((begin, end) != other and begin <= other[0] and other[1] <= end for other in ranges):
            yield [text for text in body[begin:end + 1] if not LABEL.match(text)]


def main():
    tiles = TILES[sys.argv[1]]
    with open(sys.argv[2]) as file:
        lines = file.read().splitlines()
    least, problems = {}, []
    for columns, body in functions(lines):
        for loop in inner_loops(body):
            multiplications = sum(text.startswith("fmla") for text in loop)
            if not multiplications:
                continue
            panels = columns // 16
            rows = multiplications / (UNROLL * VECTORS * panels)
            share = 100 * multiplications / len(loop)
            least[rows, panels] = min(share, least.get((rows, panels), 100))
            if any(STACK.search(text) for text in loop):
                problems.append(f"a tile of {rows:g} rows and {panels} panels touches the stack")
    for (rows, panels), share in sorted(least.items(), reverse=True):
        print(f"{rows:g} rows, {panels} panels: {share:.1f} % fmla")
        wanted = tiles.get((rows, panels))
        if wanted is None:
            problems.append(f"nobody knows a tile of {rows:g} rows and {panels} panels")
        elif share < wanted:
            problems.append(f"a tile of {rows:g} rows and {panels} panels: expects {wanted} % fmla, but got {share:.1f}")
    problems += [f"there is no tile of {rows} rows and {panels} panels" for rows, panels in tiles if (rows, panels) not in least]
    for problem in problems:
        print(f"inner_loops: error: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
