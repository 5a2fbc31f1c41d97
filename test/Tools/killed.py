#!/usr/bin/env python3
"""Kills tools while they write, and checks that every file is the old one or the new one.

    killed.py calls FAULTS_SO WORK_FOLDER     at every call that changes files (Inputs/faults.c)
    killed.py moments WORK_FOLDER [COUNT]     at COUNT random moments (default 200)

The tools are those in the search path. After a kill each output must be, byte for byte, what was there before or what
the tool writes; the next run must leave what it writes and nothing else, also in the folder for temporary files.
"""

import os
import random
import shutil
import subprocess
import sys
import time

SMALL = ["--random-weights=1", "--target=x86-64-v3", "--num-heads=1", "--head-dim=4", "--state-size=2",
         "--num-layers=1", "--window-size=5", "--name=policy"]


class Scene:
    """A tool that writes files into a folder where there are some already."""

    def __init__(self, work, name, command):
        self.command = command
        self.folder = os.path.join(work, name)
        self.temporary = os.path.join(work, name + ".tmp")
        for folder in (self.folder, self.temporary):
            shutil.rmtree(folder, ignore_errors=True)
            os.mkdir(folder)
        started = time.monotonic()
        self.finish()
        self.seconds = time.monotonic() - started
        self.new = self.read()
        # The old files are longer and shorter than the new ones, and no part of them.
        self.old = {path: b"old " + path.encode() * (20000 * (i % 2)) for i, path in enumerate(sorted(self.new))}

    def start(self, **environment):
        return subprocess.Popen(self.command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                env=dict(os.environ, TMPDIR=self.temporary, **environment))

    def finish(self, **environment):
        process = self.start(**environment)
        said = process.communicate()[1].decode(errors="replace")
        if process.returncode != 0:
            sys.exit(f"{' '.join(self.command)}: exit code {process.returncode}\n{said}")

    def read(self):
        files = {}
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    files[os.path.relpath(path, self.folder)] = file.read()
        return files

    def reset(self, with_old):
        """Puts the old files in place, or none; temporary files stay."""
        for path, contents in self.old.items():
            full = os.path.join(self.folder, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            if with_old:
                with open(full, "wb") as file:
                    file.write(contents)
            elif os.path.exists(full):
                os.remove(full)

    def check_killed(self, with_old, when):
        files = self.read()
        for path, contents in self.new.items():
            found = files.get(path)
            if found != contents and found != (self.old[path] if with_old else None):
                sys.exit(f"{' '.join(self.command)}: killed {when}: {path} is neither the old file nor the new one")

    def check_next(self, when):
        self.finish()
        files = self.read()
        if files != self.new:
            differing = {path for path in files.keys() | self.new.keys() if files.get(path) != self.new.get(path)}
            sys.exit(f"{' '.join(self.command)}: after a kill {when} the next run leaves {sorted(differing)}")
        left = os.listdir(self.temporary)
        if left:
            sys.exit(f"{' '.join(self.command)}: after a kill {when} the next run leaves {left} in TMPDIR")


def make_scenes(work):
    source = os.path.join(work, "source")
    os.makedirs(source, exist_ok=True)
    scene = Scene(work, "compile", ["sst-compile", "--embed-dim=3", "--hidden-size=4", *SMALL, "-o", "policy.o"])
    shared = Scene(work, "shared", ["sst-compile", "--embed-dim=3", "--hidden-size=4", *SMALL, "-o", "policy.so",
                                    "--emit=shared"])
    dump = Scene(work, "dump", ["sst-compile", "--embed-dim=3", "--hidden-size=4", *SMALL, "-o", "policy.mlir",
                                "--emit=mlir", "--dump-stages=stages"])
    module = os.path.join(dump.folder, "policy.mlir")
    copy = os.path.join(source, "policy.mlir")
    shutil.copy(module, copy)
    interpret = Scene(work, "interpret", ["sst-interpret", copy, "--random-input=2x5", "--save-input=x.npy",
                                          "--output=y.npy"])
    library, rows = os.path.join(source, "policy.so"), os.path.join(source, "x.npy")
    shutil.copy(os.path.join(shared.folder, "policy.so"), library)
    shutil.copy(os.path.join(interpret.folder, "x.npy"), rows)
    run = Scene(work, "run", ["sst-run", library, "--input", rows, "--output", "y.safetensors"])
    return [scene, shared, dump, interpret, run]


def kill_at_calls(work, faults):
    """At every call, with files that need no name and with files that do."""
    count = 0
    for scene in make_scenes(work):
        for unnamed in ("0", "1"):
            call, killed = 0, True
            while killed:
                call += 1
                with_old = call % 3 != 0
                scene.reset(with_old)
                process = scene.start(LD_PRELOAD=faults, FAULT_KILL=str(call), FAULT_UNNAMED=unnamed)
                process.communicate()
                killed = process.returncode == -9
                scene.check_killed(with_old, f"at call {call}")
                if call % 4 == 0 or not killed:
                    scene.check_next(f"at call {call}")
            if call < 4:
                sys.exit(f"{' '.join(scene.command)}: only {call - 1} calls change files: faults.c misses some")
            count += call - 1
    print(f"killed at {count} calls")


def kill_at_moments(work, count):
    generator = random.Random(1)
    scenes = make_scenes(work)
    for i in range(count):
        scene = scenes[i % len(scenes)]
        with_old = generator.random() < 0.7
        scene.reset(with_old)
        process = scene.start()
        # Half of them where files are written, at the end.
        time.sleep(scene.seconds * generator.choice([generator.uniform(0, 1), generator.uniform(0.8, 1.05)]))
        process.kill()
        process.communicate()
        scene.check_killed(with_old, "at a random moment")
        if i % 20 < len(scenes):
            scene.check_next("at a random moment")
    for scene in scenes:
        scene.check_next("at a random moment")
    print(f"killed at {count} moments")


def main():
    mode, arguments = sys.argv[1], sys.argv[2:]
    if mode == "calls":
        kill_at_calls(os.path.abspath(arguments[1]), os.path.abspath(arguments[0]))
    else:
        kill_at_moments(os.path.abspath(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 200)


if __name__ == "__main__":
    main()
