"""Runs the example over every sequence of a golden file and compares its answers with the file's output.

Usage: compare.py PROGRAM GOLDEN.safetensors
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tensors

program, golden = sys.argv[1:]
stored, _ = tensors.read(golden)
(batch, rows, channels), values = stored["input.state_sequence"]
(_, hidden), wanted = stored["output"]
worst = 0.0
for sequence in range(batch):
    lines = []
    for row in range(rows):
        begin = (sequence * rows + row) * channels
        lines.append(" ".join(repr(value) for value in values[begin : begin + channels]))
    answer = subprocess.run([program], input="\n".join(lines), capture_output=True, text=True)
    if answer.returncode != 0:
        sys.exit(f"exit code {answer.returncode}: {answer.stderr}")
    got = [float(line) for line in answer.stdout.split()]
    if len(got) != hidden:
        sys.exit(f"expects {hidden} numbers, but got {len(got)}")
    for i, value in enumerate(got):
        want = wanted[sequence * hidden + i]
        worst = max(worst, abs(value - want) / (1e-5 + 1e-5 * abs(want)))
        if not abs(value - want) <= 1e-5 + 1e-5 * abs(want):
            sys.exit(f"sequence {sequence}, channel {i}: expects {want}, but got {value}")
print(f"equal; the largest difference is {worst:.2f} of the tolerance")
