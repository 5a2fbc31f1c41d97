#!/usr/bin/env python3
"""Compiles every golden model, runs it on every variant that this CPU has, and compares.

Usage: golden.py [--bin BIN] [NAME...]      last line: "N passed, N failed[, N skipped]"

For each file: the compiled `window` and `sequence` agree with Edifice's output; so do streams, fed in pieces, row by row
and ahead of time; all last rows have the bits of `window`; the variants have the same bits; and the interpreter agrees
with Edifice to 1e-6.
"""

import argparse
import concurrent.futures
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import programs
import tensors

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SMALL = os.path.join(ROOT, "test", "Golden", "edifice")
LARGE = os.path.join(os.environ.get("SST_SHARED", os.path.join(ROOT, "..", "shared", "golden")), "edifice")
LARGE_NAMES = ("p20_default_full", "p21_embed287_1layer", "p22_embed287_2layers")


# How the rows of a golden are fed; the first is what the others are compared with.
WAYS = (("window",), ("sequence",), ("sequence", "--chunks=2,1,5"), ("prefill",), ("prefill", "--chunks=1,7,2"),
        ("step",), ("ahead", "--chunks=3,4"))


def check_variant(checks, bin_folder, folder, name, golden, variant):
    """All ways on one variant; returns the bits of the window."""
    bits = None
    for mode, *flags in WAYS:
        what = " ".join([mode, *flags])
        output = os.path.join(folder, f"output.{variant}.safetensors")
        if not checks.run(f"{name}: {what} on {variant} against Edifice",
                          [os.path.join(bin_folder, "sst-run"), os.path.join(folder, "model.so"), "--input", golden,
                           "--compare", golden, "--mode", mode, *flags, "--variant", variant, "--output", output]):
            continue
        (shape, values), = tensors.read(output)[0].values()
        rows = tensors.last_rows(shape, values) if mode == "sequence" else values
        if mode == "window":
            bits = rows.tobytes()
        checks.check(rows.tobytes() == bits, f"{name}: {what} on {variant} has the bits of window")
    return bits


def check_file(bin_folder, golden):
    """All checks of one file."""
    checks, name = programs.Checks(), os.path.basename(golden).removesuffix(".safetensors")
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model.so")
        if checks.run(f"{name}: compile", [os.path.join(bin_folder, "sst-compile"), golden, "--emit=shared",
                                           "--max-rows=100", "-o", model]):
            bits = [check_variant(checks, bin_folder, folder, name, golden, "x86-64-v3")]
            if programs.cpu_has_avx512():
                bits.append(check_variant(checks, bin_folder, folder, name, golden, "x86-64-v4"))
                checks.check(bits[0] == bits[1], f"{name}: x86-64-v3 and x86-64-v4 have the same bits")
            else:
                checks.skipped += 2 * len(WAYS) + 1
        checks.run(f"{name}: interpreter against Edifice",
                   [os.path.join(bin_folder, "sst-interpret"), golden, "--compare", golden, "--values=0"])
    return checks


def find_files(names):
    """The files of these names, or all; the large ones first, since they take longest. And how many are not here."""
    skipped = 0
    files = [os.path.join(SMALL, name) for name in sorted(os.listdir(SMALL)) if name.endswith(".safetensors")]
    for name in LARGE_NAMES:
        path = os.path.join(LARGE, name + ".safetensors")
        if os.path.exists(path):
            files.append(path)
        else:
            print(f"{name}: skipped; it is not in {os.path.relpath(LARGE)}")
            skipped += 1
    if names:
        files = [path for path in files if os.path.basename(path).removesuffix(".safetensors") in names]
    return sorted(files, key=os.path.getsize, reverse=True), skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"), help="folder of the programs")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these files, e.g. p04_expand3_conv7")
    arguments = parser.parse_args()

    total = programs.Checks()
    files, total.skipped = find_files(arguments.names)
    if not files:
        total.check(False, "expects golden files, but there are none")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for checks in pool.map(lambda path: check_file(arguments.bin, path), files):
            total.add(checks)
    return total.summarise()


if __name__ == "__main__":
    sys.exit(main())
