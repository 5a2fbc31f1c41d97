#!/usr/bin/env python3
"""Runs AArch64 code of every golden model under qemu-user and compares it with x86-64 code, bit for bit.

Usage: aarch64.py [--bin BIN] [--build FOLDER] [NAME...]      last line: "N passed, N failed[, N skipped]"

Needs g++-aarch64-linux-gnu and qemu-user. The runtime library and sst-run are built for AArch64 in FOLDER. For each file:
every way of feeding its rows agrees with Edifice's output and gives the bits that x86-64 gives; of the large ones, which
take long under emulation, only the window and a few steps. Besides: one model on an emulated Cortex-A53, which is an
ARMv8.0-A without extensions; several threads; and streams that are rolled back, saved on one architecture and continued
on the other, with a window and without.
"""

import argparse
import concurrent.futures
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "CPU"))
import golden
import programs
import tensors

ROOT = golden.ROOT
SYSROOT = "/usr/aarch64-linux-gnu"
QEMU = ["qemu-aarch64", "-L", SYSROOT]
CORTEX_A53 = [*QEMU, "-cpu", "cortex-a53"]
# Bytes of a file from which on it is a large one.
LARGE_BYTES = 1 << 20
LARGE_WAYS = (("window",),)
STREAMS = ([], ["--weight-storage=bf16"], ["--attention-window=5"])


def build_runtime(folder):
    """The runtime library and sst-run for AArch64; raises what is wrong."""
    toolchain = os.path.join(ROOT, "tools", "cmake", "aarch64-linux-gnu.cmake")
    for command in (["cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, "-DSST_RUNTIME_ONLY=ON",
                     f"-DCMAKE_TOOLCHAIN_FILE={toolchain}"], ["ninja", "-C", folder, "sst-run"]):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-3000:]}{done.stderr}")


class Comparison:
    """The checks of one model, in a folder of their own."""

    def __init__(self, bin_folder, build_folder, folder):
        self.checks, self.bin, self.build, self.folder = programs.Checks(), bin_folder, build_folder, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def compile(self, what, arguments, target, output):
        return self.checks.run(f"{what}: compile for {target}",
                               [os.path.join(self.bin, "sst-compile"), *arguments, f"--target={target}", "--no-header",
                                "-o", self.path(output)])

    def run(self, what, machine, arguments):
        """The rows that sst-run computes on a machine, as bytes; None if it fails. The machine is a command in front."""
        program = os.path.join(self.build if machine else self.bin, "bin" if machine else "", "sst-run")
        model, output = self.path("aarch64.so" if machine else "x86.so"), self.path("output.safetensors")
        if not self.checks.run(what, [*machine, program, model, *arguments, "--output", output]):
            return None
        (_, values), = tensors.read(output)[0].values()
        return values.tobytes()

    def golden(self, path):
        name = os.path.basename(path).removesuffix(".safetensors")
        common = [path, "--max-rows=100", "--emit=shared"]
        if not (self.compile(name, common, "x86-64-v3", "x86.so") and self.compile(name, common, "aarch64", "aarch64.so")):
            return
        for mode, *flags in LARGE_WAYS if os.path.getsize(path) >= LARGE_BYTES else golden.WAYS:
            what = " ".join([f"{name}: {mode}", *flags])
            arguments = ["--input", path, "--compare", path, "--mode", mode, *flags]
            bits = [self.run(f"{what} on {text}", machine, arguments)
                    for text, machine in (("x86-64", []), ("AArch64", QEMU))]
            self.checks.check(None not in bits and bits[0] == bits[1], f"{what}: AArch64 has the bits of x86-64")

    def other_machines(self, path):
        """A Cortex-A53, and several threads."""
        common = [path, "--max-rows=100", "--rollback=2", "--emit=shared"]
        if not self.compile("p01", common, "aarch64", "aarch64.so"):
            return
        arguments = ["--input", path, "--compare", path]
        wanted = self.run("window under qemu", QEMU, arguments)
        for what, machine, more in (("on a Cortex-A53", CORTEX_A53, []), ("on 3 threads", QEMU, ["--threads=3"])):
            bits = self.run(f"window {what}", machine, arguments + more)
            self.checks.check(bits is not None and bits == wanted, f"window {what}: has the same bits")
        self.run("step on a Cortex-A53", CORTEX_A53, [*arguments, "--mode=step"])

    def build_across(self, text, path, flags, target, compiler):
        model = self.path(f"{target}.o")
        program = self.path(f"across.{target}")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "across.c")
        return (self.checks.run(f"{text}: compile for {target}",
                                [os.path.join(self.bin, "sst-compile"), path, *flags, "--name=m", "--max-rows=30",
                                 "--rollback=2", f"--target={target}", "-o", model])
                and os.replace(self.path(f"{target}.h"), self.path("m.h")) is None
                and self.checks.run(f"{text}: build for {target}",
                                    [compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", self.folder, source, model,
                                     "-o", program]))

    def streams(self, path, flags):
        """A stream on both architectures, and saved on each and continued on the other."""
        text = " ".join(["stream", *flags])
        machines = {"x86-64-v3": [], "aarch64": QEMU}
        if not all(self.build_across(text, path, flags, target, compiler)
                   for target, compiler in (("x86-64-v3", "cc"), ("aarch64", "aarch64-linux-gnu-gcc"))):
            return
        outputs, states = {}, {}
        for saver, machine in machines.items():
            states[saver] = self.path(f"state.{saver}")
            self.across(f"{text} on {saver}", machine, saver, "save", states[saver], outputs)
        for reader, machine in machines.items():
            for saver in machines:
                self.across(f"{text} from {saver} on {reader}", machine, reader, "continue", states[saver], outputs)
        first = next(iter(outputs.values()), None)
        for what, output in outputs.items():
            self.checks.check(output == first, f"{what}: has the bits of all others")
        snapshots = [open(state, "rb").read() for state in states.values() if os.path.exists(state)]
        self.checks.check(len(snapshots) == 2 and snapshots[0] == snapshots[1], f"{text}: snapshots are equal")

    def across(self, what, machine, target, action, state, outputs):
        output = self.path("output")
        if self.checks.run(what, [*machine, self.path(f"across.{target}"), action, state, output]):
            with open(output, "rb") as file:
                outputs[what] = file.read()


def in_folder(arguments, work):
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(arguments.bin, arguments.build, folder)
        work(comparison)
        return comparison.checks


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"), help="folder of the programs")
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "aarch64"), help="where to build for AArch64")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these files, e.g. p04_expand3_conv7")
    arguments = parser.parse_args()
    total = programs.Checks()
    try:
        build_runtime(arguments.build)
        total.check(True, "build")
    except (OSError, RuntimeError) as error:
        total.check(False, "build the runtime library for AArch64", str(error))
        print(total.lines[-1])
        return total.summarise()
    files, skipped = golden.find_files(arguments.names)
    total.skipped += skipped
    if not files:
        total.check(False, "expects golden files, but there are none")
    works = [lambda comparison, path=path: comparison.golden(path) for path in files]
    if not arguments.names:
        small = os.path.join(golden.SMALL, "p01_edifice_test.safetensors")
        works += [lambda comparison: comparison.other_machines(small)]
        works += [lambda comparison, flags=flags: comparison.streams(small, flags) for flags in STREAMS]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for checks in pool.map(lambda work: in_folder(arguments, work), works):
            total.add(checks)
    return total.summarise()


if __name__ == "__main__":
    sys.exit(main())
