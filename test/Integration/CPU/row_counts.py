#!/usr/bin/env python3
"""Runs the first 1 to 80 rows of an input as a sequence: each must have the bits of the first rows of the longest one.

    row_counts.py ARTEFACT.so...

Every variant that this CPU runs. The last line says how many sequences were compared; exit code 1 if one differs.
"""

import random
import struct
import subprocess
import sys

EMBED = 23
LONGEST = 80
ROWS = [*range(1, 50), 59, 60, 61, 71, 72, 73, 74, LONGEST]


def write_rows(path, values, rows):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': (1, {rows}, {EMBED}), }}".encode()
    header += b" " * (-(10 + len(header) + 1) % 64) + b"\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        file.write(struct.pack(f"<{rows * EMBED}f", *values[:rows * EMBED]))


def run(artefact, variant, rows):
    """The output's bytes."""
    subprocess.run(["sst-run", artefact, "--mode=sequence", f"--variant={variant}", f"--input=rows{rows}.npy",
                    "--output=out.npy"], check=True, stdout=subprocess.DEVNULL)
    with open("out.npy", "rb") as file:
        data = file.read()
    return data[10 + struct.unpack("<H", data[8:10])[0]:]


def main():
    numbers = random.Random(1)
    values = [numbers.uniform(-2, 2) for _ in range(LONGEST * EMBED)]
    for rows in ROWS:
        write_rows(f"rows{rows}.npy", values, rows)
    with open("/proc/cpuinfo") as file:
        variants = ["x86-64-v3"] + (["x86-64-v4"] if "avx512vl" in file.read() else [])
    compared = 0
    for artefact in sys.argv[1:]:
        longest = run(artefact, "x86-64-v3", LONGEST)
        for variant in variants:
            for rows in ROWS:
                output = run(artefact, variant, rows)
                if not output or output != longest[:len(output)] or len(output) * LONGEST != len(longest) * rows:
                    print(f"{artefact}, {variant}: {rows} rows differ")
                    return 1
                compared += 1
    print(f"same bits: {compared} sequences")
    return 0


if __name__ == "__main__":
    sys.exit(main())
