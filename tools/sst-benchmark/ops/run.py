#!/usr/bin/env python3
"""Benchmarks every kernel of the compiler by itself: writes modules, compiles them, and runs sst-benchmark over them.

    tools/sst-benchmark/ops/run.py                    all of them
    tools/sst-benchmark/ops/run.py --only attention   those whose title has this in it
    tools/sst-benchmark/ops/run.py --keep FOLDER      leaves modules and artefacts there

Times are those of the op alone, from the profile that the call itself makes, every row of a sequence being computed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import modules  # noqa: E402  (beside this file)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"), help="folder of sst-compile, sst-benchmark")
    parser.add_argument("--only", default="", metavar="TEXT", help="only ops whose title has TEXT in it")
    parser.add_argument("--keep", metavar="FOLDER", help="leave modules, artefacts and results in FOLDER")
    parser.add_argument("--rows", help="rows of a sequence instead of each op's own, as in 60,2048")
    for name in ("batch", "threads", "variant", "pin", "min-time"):
        parser.add_argument(f"--{name}", help="as for sst-benchmark")
    return parser.parse_args()


def fail(what):
    print(f"run.py: error: {what}", file=sys.stderr)
    sys.exit(1)


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        fail(f"{os.path.basename(command[0])} ends with exit code {done.returncode}")


def compile_module(bin_folder, folder, name):
    """Writes and compiles a module; returns the path of the artefact."""
    (entry,) = (module for module in modules.MODULES if module[0] == name)
    path = os.path.join(folder, name)
    with open(path + ".mlir", "w") as file:
        file.write(modules.module_text(*entry))
    run([os.path.join(bin_folder, "sst-compile"), path + ".mlir", "--compile-from=fuse", "--emit=shared", "--no-header",
         "-o", path + ".so"])
    return path + ".so"


def benchmark(arguments, folder, names, rows):
    """Runs sst-benchmark once; returns what it wrote."""
    results = os.path.join(folder, "results.json")
    command = [os.path.join(arguments.bin, "sst-benchmark"), *(os.path.join(folder, name + ".so") for name in names),
               "--mode=sequence", "--phases", f"--rows={rows}", f"--json={results}"]
    for name in ("batch", "threads", "variant", "pin", "min-time"):
        value = getattr(arguments, name.replace("-", "_"))
        if value is not None:
            command.append(f"--{name}={value}")
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        fail(f"sst-benchmark ends with exit code {done.returncode}")
    with open(results) as file:
        return json.load(file)


def op_times(result, op):
    """Time and work of an op of a module, all of its stages together; of the whole call if there is no table of ops."""
    parts = [part for part in result["ops"] if part["name"] == op or part["name"].startswith(op + "_")]
    if not parts:
        return ("whole call", result["median_ms"], result["flops"], result["bytes"])
    total = {key: sum(part[key] for part in parts) for key in ("median_ms", "flops", "bytes")}
    return ("", total["median_ms"], total["flops"], total["bytes"])


def table_line(title, op, result):
    note, milliseconds, flops, size = op_times(result, op)
    rate = percent = bandwidth = "-"
    if flops is not None and milliseconds > 0:
        gflops = flops / milliseconds / 1e6
        rate, bandwidth = f"{gflops:.1f}", f"{size / milliseconds / 1e6:.1f}"
        percent = f"{100 * gflops / result['peak_gflops']:.1f}"
    sizes = f"{result['batch']:>5} {result['rows']:>5} {result['threads']:>7}"
    return f"{title:32} {result['variant']:9} {sizes} {1000 * milliseconds:>10.2f} {rate:>8} {percent:>6} {bandwidth:>7}  {note}"


def print_table(ops, machines, results):
    for machine in machines:
        peaks = ", ".join(f"{value:.1f} ({key})" for key, value in machine["fma_peak_gflops"].items())
        reads = ", ".join(f"{name} {value:.1f}" for name, value in machine["read_gb_s"].items())
        print(f"machine  {machine['cpu']}; GFLOP/s (threads): {peaks}; read GB/s: {reads}")
    print(f"\n{'op':32} {'variant':9} batch  rows threads  median us  GFLOP/s  peak%    GB/s")
    for title, module, op, rows in ops:
        for result in results:
            if result["model"] == module and (rows is None or result["rows"] in rows):
                print(table_line(title, op, result).rstrip())


def main():
    arguments = parse_arguments()
    ops = [op for op in modules.OPS if arguments.only in op[0]]
    if not ops:
        fail(f"--only: no op's title has '{arguments.only}' in it")
    if arguments.rows:
        ops = [(title, module, op, None) for title, module, op, _ in ops]
    for program in ("sst-compile", "sst-benchmark"):
        if not os.path.exists(os.path.join(arguments.bin, program)):
            fail(f"there is no {program} in {arguments.bin}; build it, or name another folder with --bin")
    by_rows = {}  # the modules to run for each number of rows
    for _, module, _, rows in ops:
        for count in (arguments.rows,) if rows is None else rows:
            by_rows.setdefault(str(count), {})[module] = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or temporary
        os.makedirs(folder, exist_ok=True)
        for name in dict.fromkeys(module for _, module, _, _ in ops):
            compile_module(arguments.bin, folder, name)
        outputs = [benchmark(arguments, folder, names, rows) for rows, names in by_rows.items()]
    print_table(ops, [output["machine"] for output in outputs],
                [result for output in outputs for result in output["results"]])


if __name__ == "__main__":
    main()
