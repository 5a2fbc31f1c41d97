#!/usr/bin/env python3
"""Runs SST and its peers in turn on the same weights and input, checks every output against float64, prints one table.

Every program runs for a second or so in every round, after a warm-up, alone on as many CPUs as it has threads. `best`
and `median` are over the rounds, of the medians of the calls of a round; `min` is the fastest call. `time / SST` is the
median over rounds of the ratio within a round: above 1 the peer is slower. Share of the peak: flops that are needed,
over best, over the multiply-adds that as many CPUs did at most in the same rounds. A step, which is one more row of a
stream, reads all weights: GB/s are those of weights, over best; the share is that of sst-benchmark, median over rounds.
"""

import argparse
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True

import plot
import results
import runners
import works
from works import Failure, Work

ROOT = os.path.abspath(os.path.join(works.HERE, "..", "..", ".."))


class Setup:
    """Where everything is."""

    def __init__(self, options):
        self.folder = os.path.join(os.path.abspath(options.build), "peers")
        tools = os.path.join(os.path.abspath(options.build), "bin")
        for tool in ("sst-compile", "sst-run", "sst-interpret"):
            if not os.path.exists(os.path.join(tools, tool)):
                raise Failure(f"{tools} has no {tool}; run tools/scripts/build.sh, or name a build folder with --build")
        golden = works.find_golden(ROOT, options.golden)
        self.data = works.Data(os.path.join(self.folder, "data"), tools, works.find_python(), golden)
        self.machine = runners.Machine()

    def program(self, name):
        return os.path.join(self.folder, "cpp", name)

    def peak(self, threads):
        """GFLOP/s of multiply-adds now."""
        return json.loads(self.machine.run([self.program("peak"), f"--threads={threads}"], threads))["peak_gflops"]


def parse(arguments):
    known = [peer.name for peer in runners.PEERS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--works", default=",".join(works.WORKS), help=f"{works.GRAMMAR}, separated by commas (%(default)s)")
    add("--peers", default=",".join(known), help="some of %(default)s")
    add("--rounds", type=int, default=5, help="(default: 5)")
    add("--seconds", type=float, default=1, help="of each run (default: 1)")
    add("--tolerance", type=float, default=1e-4, help="largest difference to float64 (default: 1e-4)")
    build = os.path.join(ROOT, "build")
    add("--build", default=build, metavar="FOLDER", help="SST's build folder; files go to FOLDER/peers")
    add("--golden", metavar="FILE", help="weights, input and output of Edifice for the default model")
    add("--json", metavar="FILE", help="write every measurement, one JSON object a line")
    add("--svg", metavar="FILE", help="draw a picture (as plot.py does)")
    add("--show", metavar="FILE", help="measure nothing; print the table of a file that --json wrote")
    add("--self-check", action="store_true", help="measure nothing; check the arithmetic of this script")
    options = parser.parse_args(arguments)
    options.peers = [name for name in options.peers.split(",") if name]
    for name in options.peers:
        if name not in known:
            parser.error(f"--peers: expects some of {', '.join(known)}, but got '{name}'")
    if options.rounds < 1 or options.seconds <= 0 or options.tolerance < 0:
        parser.error("--rounds, --seconds and --tolerance: expects a positive number")
    try:
        options.works = [Work.parse(text) for text in options.works.split(",")]
    except Failure as failure:
        parser.error(str(failure))
    return options


def measure(setup, runner, work, options):
    """One line: times, or a problem."""
    line = {"work": str(work), "who": runner.name, "label": runner.label}
    try:
        missing = runner.missing(setup)
        if missing:
            return {**line, "problem": missing}
        line |= runner.measure(setup, work, options.seconds)
    except Failure as failure:
        return {**line, "problem": f"failed: {failure}"}
    if runner is not runners.READING and line["max_abs_diff"] > options.tolerance:
        line["wrong"] = True
    return line


def compare(setup, options, write):
    """Measures everything; `write` takes each line."""
    chosen = [runners.SST] + [peer for peer in runners.PEERS if peer.name in options.peers]
    for work in options.works:
        stopped, taking_part = set(), [runner for runner in chosen if runner.runs(work)]
        for number in range(options.rounds):
            peak = setup.peak(work.threads) if work.threads <= len(setup.machine.cpus) and not work.step else None
            turn = number % len(taking_part)  # another program begins each round
            for runner in taking_part[turn:] + taking_part[:turn]:
                if runner.name in stopped:
                    continue
                line = {**measure(setup, runner, work, options), "round": number, "peak_gflops": peak}
                if "problem" in line:
                    stopped.add(runner.name)
                elif runner is runners.SST and not work.step:
                    line.setdefault("needed_flops", works.needed_flops(work))
                write(line)


def self_check():
    """The arithmetic, on made-up measurements."""

    def line(who, number, ms):
        same = dict(work="default:1x60", runs=9, max_abs_diff=0, library="")
        return dict(same, who=who, label=who, round=number, median_ms=ms, min_ms=ms / 2)

    rows = results.summarize([line("sst", 0, 2), line("a", 0, 4), line("sst", 1, 3), line("a", 1, 9)])["default:1x60"]
    keys = "best_ms", "median_ms", "min_ms", "ratio"
    assert [tuple(row[key] for key in keys) for row in rows] == [(2, 2.5, 1, 1), (4, 6.5, 2, 2.5)]
    for text in "default:1x60:2", "large:8x3", "default:step", "default:step:2":
        assert str(Work.parse(text)) == text
    assert Work.parse("default:step") == Work("default", 1, works.STEP_ROWS, 1, step=True)
    dense = 256 * 512 * 8 + 256 * 256 * 26 + 512 * 512 * 2 + 512 * 32 * 2
    assert 0.9 < works.needed_flops(Work("default", 1, 60, 1)) / (5.2 * 60 * dense) < 1.1
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.npy")
        with open(path, "wb") as file:
            header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n"
            file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(6) + b"\x80\x3f")
        assert list(works.read_tensor(path)) == [0, 1] and works.largest_difference(path, path) == 0
    print("compare.py: the self-check passed")
    return 0


def finish(machine, lines, options):
    print(results.table(machine, lines), flush=True)
    if options.svg:
        plot.draw(machine, lines, None, options.svg)
    wrong = [line for line in lines if line.get("wrong")]
    for line in wrong:
        difference = f"differs from float64 by {line['max_abs_diff']:.1e}, more than {options.tolerance:.1e}"
        print(f"compare.py: error: {line['work']}: {line['label']} {difference}", file=sys.stderr)
    failed = [line for line in lines if line.get("problem", "").startswith("failed")]
    return 1 if wrong or failed else 0


def main():
    options = parse(sys.argv[1:])
    if options.self_check:
        return self_check()
    if options.show:
        return finish(*results.load(options.show), options)
    setup = Setup(options)
    runners.build_programs(os.path.join(setup.folder, "cpp"))
    machine = {"cpu": runners.cpu()[0], "rounds": options.rounds, "seconds": options.seconds}
    machine["settings"] = runners.settings(1)
    lines, file = [], open(options.json, "w") if options.json else None

    def write(line):
        lines.append(line)
        if file:
            print(json.dumps(line), file=file, flush=True)
        if sys.stderr.isatty():
            print(f"\r{line['work']} round {line['round'] + 1}: {line['label']:30}", end="\r", file=sys.stderr)

    if file:
        print(json.dumps(machine), file=file)
    compare(setup, options, write)
    return finish(machine, lines, options)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"compare.py: error: {failure}")
    except OSError as error:
        sys.exit(f"compare.py: error: {error.filename}: {error.strerror}")
