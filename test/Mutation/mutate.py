#!/usr/bin/env python3
"""Compiles damaged modules of every stage and reports what is neither refused with a report nor compiled.

    mutate.py --bin BUILD/bin [--count 40] [--seed 1] [--stage fuse] [--minimize] [--keep FOLDER] [--run]

Makes small models, writes what each stage makes of them, and gives all of that to sst-mutate (see README.md there).
The last line says how many mutants passed.
"""

import argparse
import os
import struct
import subprocess
import sys
import tempfile

STAGES = ["import", "expand", "fuse", "schedule", "loops", "llvm"]
SIZES = ["--embed-dim=4", "--hidden-size=4", "--state-size=2", "--num-layers=1", "--num-heads=1", "--head-dim=3",
         "--expand-factor=1", "--conv-size=3", "--window-size=5"]
# Flags besides SIZES; later ones replace earlier ones.
MODELS = {
    "one": [],
    "two": ["--num-layers=2", "--hidden-size=6", "--num-heads=2", "--head-dim=2", "--rollback=2"],
    "half": ["--weight-storage=bf16", "--attention-window=3", "--conv-size=1"],
}


def make_modules(bin_folder, folder, stages):
    """What each stage makes of each model, as files NAME.STAGE.mlir."""
    files = []
    for name, flags in MODELS.items():
        sizes = {flag.split("=")[0]: flag for flag in SIZES + flags}
        for stage in stages:
            path = os.path.join(folder, f"{name}.{stage}.mlir")
            command = [os.path.join(bin_folder, "sst-compile"), "--random-weights=1", *sizes.values(), "--name=m",
                       f"--compile-to={stage}", "-o", path]
            subprocess.run(command + (["--target=x86-64-v3"] if stage in ("loops", "llvm") else []), check=True)
            files.append(path)
    return files


def write_input(path):
    """Two sequences of five rows of four channels."""
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 5, 4), }"
    header += b" " * (-(10 + len(header) + 1) % 64) + b"\n"
    values = [(i * 37 % 41 - 20) / 16.0 for i in range(40)]
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack("<40f", *values))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--count", type=int, default=40, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stage", choices=STAGES)
    parser.add_argument("--only", type=int, help="only the mutant of this number")
    parser.add_argument("--keep", help="folder for findings")
    parser.add_argument("--minimize", action="store_true")
    parser.add_argument("--run", action="store_true", help="run what was compiled, on a few rows")
    parser.add_argument("--object-every", type=int, default=10, help="mutants for one that becomes machine code")
    arguments = parser.parse_args()
    bin_folder = os.path.abspath(arguments.bin)
    with tempfile.TemporaryDirectory() as folder:
        keep = os.path.abspath(arguments.keep) if arguments.keep else folder
        os.makedirs(keep, exist_ok=True)
        command = [os.path.join(bin_folder, "sst-mutate"), f"--seed={arguments.seed}", f"--count={arguments.count}",
                   f"--keep={keep}", f"--object-every={arguments.object_every}"]
        if arguments.minimize:
            command.append("--minimize")
        if arguments.only is not None:
            command.append(f"--only={arguments.only}")
        if arguments.run:
            data = os.path.join(folder, "input.npy")
            write_input(data)
            command += ["--run=" + os.path.join(bin_folder, "sst-run"), "--input=" + data]
        stages = [arguments.stage] if arguments.stage else STAGES
        return subprocess.run(command + make_modules(bin_folder, folder, stages)).returncode


if __name__ == "__main__":
    sys.exit(main())
