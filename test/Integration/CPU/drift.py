#!/usr/bin/env python3
"""Checks `sst-run --drift` against one call of `window` for every row, with rows cut out here.

Usage: drift.py MODEL.so GOLDEN.safetensors       two sequences: the golden's first one and its rows backwards
"""

import array
import json
import math
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tensors


def run(model, path, *flags):
    return subprocess.run(["sst-run", model, "--input", path, *flags], check=True, capture_output=True, text=True).stdout


def main(model, golden):
    shape, values = tensors.read(golden)[0]["input.state_sequence"]
    rows, channels = shape[-2:]
    first = [values[row * channels : (row + 1) * channels] for row in range(rows)]
    sequences = [first, first[::-1]]

    def write(path, cut):
        data = array.array("f", [x for sequence in cut for row in sequence for x in row])
        tensors.write(path, {"input.state_sequence": ((len(cut), len(cut[0]), channels), data)})
        return path

    with tempfile.TemporaryDirectory() as folder:
        inputs, output = os.path.join(folder, "input.safetensors"), os.path.join(folder, "output.safetensors")
        got = json.loads(run(model, write(inputs, sequences), "--drift", "--json", f"--output={output}"))
        shape, every_row = tensors.read(output)[0]["output"]
        hidden = shape[-1]
        drifts, equal = {}, 0
        for b, sequence in enumerate(sequences):
            for row in range(rows):
                begin = max(0, row + 1 - got["window_size"])
                run(model, write(inputs, [sequence[begin : row + 1]]), f"--output={output}")
                want = tensors.read(output)[0]["output"][1]
                start = (b * rows + row) * hidden
                mine = every_row[start : start + hidden]
                equal += mine == want
                distance = math.sqrt(sum((x - y) ** 2 for x, y in zip(mine, want)))
                drifts[b, row] = distance / math.sqrt(sum(y * y for y in want))
    ranked = sorted(drifts.values())
    largest = max(drifts, key=drifts.get)
    wanted = {"rows": len(ranked), "equal_rows": equal, "median": ranked[math.ceil(len(ranked) / 2) - 1],
              "p99": ranked[math.ceil(0.99 * len(ranked)) - 1], "largest": ranked[-1], "largest_row": list(largest)}
    print("window_size", got["window_size"], "drift", got["drift"], "wanted", wanted)
    for key, value in wanted.items():
        is_exact = isinstance(value, (int, list))
        assert got["drift"][key] == value if is_exact else math.isclose(got["drift"][key], value, rel_tol=1e-6), key
    assert 0 < equal < len(ranked) and largest[1] > got["window_size"], "rows that are equal, and rows that are not"


if __name__ == "__main__":
    main(*sys.argv[1:])
