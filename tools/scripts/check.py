#!/usr/bin/env python3
"""Builds everything and runs every check. Called by check.sh; see there.

A step is a function that yields checks: (name, passed, text), passed being None for a check that was skipped. Programs
that do many checks print "N passed, N failed[, N skipped]" as their last line and are counted by that.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("SST_BUILD", os.path.join(ROOT, "build")))
BIN = os.path.join(BUILD, "bin")
LIT = "/usr/lib/llvm-22/bin/lit"
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)


class Counts:
    """How many checks passed, failed and were skipped, and what the failed ones printed."""

    def __init__(self):
        self.passed, self.failed, self.skipped, self.text = 0, 0, 0, ""

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def check(self, passed, text=""):
        """Counts one check; `text` is shown if it failed."""
        if passed:
            self.passed += 1
        else:
            self.failed += 1
            self.text += text.rstrip() + "\n"
        return passed


class Progress:
    """Says what a step is at, each time in a whole line: what its command has printed last."""

    SECONDS = float(os.environ.get("SST_PROGRESS_SECONDS", "10"))

    def __init__(self):
        self.command, self.output, self.ended = "", "", threading.Event()

    def __enter__(self):
        self.ended.clear()
        self.thread = threading.Thread(target=self.run, args=(time.monotonic(),), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def run(self, start):
        while not self.ended.wait(self.SECONDS):
            print(f"    {time.monotonic() - start:.0f} s  {self.latest()}", flush=True)

    def latest(self):
        try:
            with open(self.output, "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
                lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
        except OSError:  # the command has just ended
            lines = []
        return (lines or [self.command])[-1][:100]


PROGRESS = Progress()


def execute(command, timeout=1800, **extra_environment):
    """Runs a command in the repository's root; returns its exit code and everything it printed."""
    environment = dict(os.environ, **extra_environment)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "output")
        with open(path, "wb") as output:
            PROGRESS.command, PROGRESS.output = " ".join(command), path
            note = ""
            try:
                code = subprocess.run(command, cwd=ROOT, env=environment, timeout=timeout, stdin=subprocess.DEVNULL,
                                      stdout=output, stderr=subprocess.STDOUT).returncode
            except subprocess.TimeoutExpired:
                code, note = 124, f"\nno end within {timeout} s\n"
            except OSError as error:
                return 127, f"{command[0]}: {error.strerror}\n"
        with open(path, "rb") as output:
            text = output.read().decode(errors="replace")
    return code, text + note


def one_check(counts, command, **arguments):
    """A command that is one check: it passes with exit code 0."""
    code, output = execute(command, **arguments)
    return counts.check(code == 0, output[-4000:])


def many_checks(counts, command, **arguments):
    """A command that counts its own checks."""
    code, output = execute(command, **arguments)
    summary = None
    for summary in SUMMARY.finditer(output):
        pass
    if not summary:
        counts.check(False, output[-4000:] + f"\n{' '.join(command)}: no summary, exit code {code}")
        return
    passed, failed, skipped = (int(group or 0) for group in summary.groups())
    counts.passed += passed
    counts.failed += failed
    counts.skipped += skipped
    if code != 0 and failed == 0:
        counts.failed += 1
    if code != 0 or failed:
        counts.text += output[-6000:]


def packages(counts):
    """packages that only tests need; without the emulator, tests of AVX-512 code are skipped"""
    one_check(counts, ["tools/scripts/install-deps.sh", "--tests"])


def build(counts):
    """everything, and the generated reference"""
    one_check(counts, ["tools/scripts/build.sh", "all", "sst-test-tools", "mlir-doc"])


def lit(counts, **environment):
    with tempfile.TemporaryDirectory() as folder:
        results = os.path.join(folder, "results.json")
        code, output = execute([LIT, "-v", "-o", results, os.path.join(BUILD, "test")], **environment)
        try:
            with open(results) as file:
                tests = json.load(file)["tests"]
        except (OSError, ValueError, KeyError):
            counts.check(False, output[-4000:] + f"\nlit: no results, exit code {code}")
            return
    for test in tests:
        if test["code"] in ("UNSUPPORTED", "SKIPPED", "EXCLUDED"):
            counts.skipped += 1
        elif test["code"] in ("PASS", "XFAIL", "FLAKYPASS"):
            counts.passed += 1
        else:
            counts.check(False, f"{test['code']}: {test['name']}\n{test.get('output', '')[-3000:]}")
    if not tests:
        counts.check(False, "lit found no test")


def lit_plain(counts):
    """the tests of all tools and passes"""
    lit(counts)


def lit_roundtrip(counts):
    """the same, every sst-opt printing and parsing its IR again"""
    lit(counts, SST_CHECK_ROUNDTRIP="1")


def unit(counts):
    """the unit tests"""
    programs = sorted(name for name in os.listdir(BIN) if name.endswith("-tests")) if os.path.isdir(BIN) else []
    if not programs:
        counts.check(False, f"no unit tests in {BIN}")
    for program in programs:
        with tempfile.TemporaryDirectory() as folder:
            results = os.path.join(folder, "results.json")
            code, output = execute([os.path.join(BIN, program), "--gtest_brief=1", f"--gtest_output=json:{results}"])
            try:
                with open(results) as file:
                    report = json.load(file)
            except (OSError, ValueError):
                counts.check(False, output[-4000:] + f"\n{program}: no results, exit code {code}")
                continue
        tests = [test for suite in report["testsuites"] for test in suite["testsuite"]]
        skipped = sum(test.get("result") == "SKIPPED" for test in tests)
        counts.skipped += skipped
        counts.passed += len(tests) - skipped - report["failures"]
        counts.failed += report["failures"]
        if code != 0:
            counts.text += output[-4000:]
            if report["failures"] == 0:
                counts.failed += 1


def threads(counts):
    """unit tests of the runtime's threads under ThreadSanitizer"""
    folder = BUILD + "-tsan"
    configure = ["cmake", "--preset", "tsan", "-B", folder]
    if shutil.which("ccache"):
        configure += [f"-DCMAKE_{language}_COMPILER_LAUNCHER=ccache" for language in ("C", "CXX")]
    if one_check(counts, configure) and one_check(counts, ["ninja", "-C", folder, "sst-thread-tests"]):
        one_check(counts, [os.path.join(folder, "bin", "sst-thread-tests"), "--gtest_brief=1"])


def golden(counts):
    """models with Edifice's own outputs"""
    many_checks(counts, [sys.executable, "test/Integration/CPU/golden.py", "--bin", BIN])


def aarch64(counts):
    """AArch64 code of all golden models under qemu-user: the bits of x86-64; a snapshot crosses architectures"""
    programs = ("qemu-aarch64", "aarch64-linux-gnu-g++")
    if not all(shutil.which(program) for program in programs):
        code, output = execute(["tools/scripts/install-deps.sh", "--tests"])
        missing = [program for program in programs if not shutil.which(program)]
        if missing:
            counts.skipped += 1
            counts.text += f"skipped: there is no {' and no '.join(missing)}, of the packages qemu-user and " \
                           f"g++-aarch64-linux-gnu, and they cannot be installed (exit code {code})\n{output[-1000:]}"
            return
    many_checks(counts, [sys.executable, "test/Integration/AArch64/aarch64.py", "--bin", BIN, "--build",
                         os.path.join(BUILD, "aarch64")])


def example(counts):
    """a C program from the emitted object and header alone"""
    many_checks(counts, ["test/Integration/c-example/build-and-run.sh", BIN])


def cpp_example(counts):
    """every function of Model.hpp, from C++ without exceptions, with an object alone and with the runtime library"""
    many_checks(counts, ["test/Integration/cpp-example/build-and-run.sh", BIN])


def realtime(counts):
    """the real-time example, from the emitted object and header alone; no check depends on a time"""
    many_checks(counts, ["test/Integration/realtime/build-and-run.sh", BIN])


def random_models(counts):
    """random option sets: compiled code against the interpreter, and bit for bit against itself"""
    many_checks(counts, [sys.executable, "test/Integration/CPU/random_models.py", "--bin", BIN])


def mutations(counts):
    """damaged modules of every stage: refused with a report, or compiled"""
    many_checks(counts, [sys.executable, "test/Mutation/mutate.py", "--bin", BIN, "--seed", "1", "--count", "40"])


def random_programs(counts):
    """random programs through passes, interpreter and compiled code; test/RandomPrograms has more of it"""
    program = os.path.join(BIN, "sst-random-programs")
    many_checks(counts, [program, "--seed=1", "--count=2000", "--check-coverage"])
    many_checks(counts, [program, "--models", "--seed=1", "--count=25"])


def formatting(counts):
    """clang-format"""
    one_check(counts, ["tools/scripts/format.sh", "--check"])


def style(counts):
    """rules of the code base that no other tool checks"""
    many_checks(counts, [sys.executable, "tools/scripts/check-style.py"])


def tidy(counts):
    """clang-tidy on the dialect and the runtime"""
    folders = ("dialect/lib", "runtime/lib", "runtime/lib/entry")
    files = sorted(os.path.join(folder, name) for folder in folders for name in os.listdir(os.path.join(ROOT, folder))
                   if name.endswith((".cpp", ".c")))
    for file in files:
        one_check(counts, ["clang-tidy-22", "--quiet", "-p", BUILD, file])


def docs(counts):
    """documentation: IR that parses, commands that run, a reference that is complete"""
    many_checks(counts, [sys.executable, "tools/scripts/check-docs.py", "--build", BUILD])


STEPS = {
    "packages": packages,
    "build": build,
    "format": formatting,
    "style": style,
    "lit": lit_plain,
    "lit-roundtrip": lit_roundtrip,
    "unit": unit,
    "threads": threads,
    "golden": golden,
    "aarch64": aarch64,
    "c-example": example,
    "cpp-example": cpp_example,
    "realtime": realtime,
    "random-models": random_models,
    "mutations": mutations,
    "random-programs": random_programs,
    "docs": docs,
    "tidy": tidy,
}


def main():
    names = sys.argv[1:]
    if names == ["--list"]:
        for name, step in STEPS.items():
            print(f"{name:14} {step.__doc__}")
        return 0
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        print(f"check.sh: error: no step named {', '.join(unknown)}; see ./check.sh --list", file=sys.stderr)
        return 2
    total = Counts()
    for name in names or STEPS:
        print(f"{name:14} {STEPS[name].__doc__} ...", flush=True)
        start, counts = time.monotonic(), Counts()
        try:
            with PROGRESS:
                STEPS[name](counts)
        except Exception as error:  # one broken step must not hide the others
            counts.check(False, f"{type(error).__name__}: {error}")
        if counts.text:
            print("    " + counts.text.rstrip().replace("\n", "\n    "))
        skipped = f", {counts.skipped} skipped" if counts.skipped else ""
        print(f"{'':14} {counts.passed} passed, {counts.failed} failed{skipped}  ({time.monotonic() - start:.0f} s)",
              flush=True)
        total.add(counts)
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    print(f"{total.passed} passed, {total.failed} failed{skipped}")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
