#!/usr/bin/env python3
"""Prints a digest of the object of each of many models: what must not change when code is only moved.

Usage: tools/scripts/object-digests.py [BIN] > before.txt      BIN: build/bin

Run it before a change and after it and compare the outputs. The models are those of test/Golden and, if it is there, of
$SST_SHARED/edifice, and random ones: the default, streams with and without a window, bf16, each CPU variant, odd sizes.
"""

import concurrent.futures
import glob
import hashlib
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("SST_SHARED", os.path.join(ROOT, "..", "shared", "golden"))
SMALL = ["--hidden-size=40", "--num-layers=2", "--num-heads=3", "--head-dim=7", "--state-size=5", "--expand-factor=3",
         "--conv-size=3", "--embed-dim=11", "--layer-norm=axon-0.8.0"]
DEFAULT = ["--embed-dim=256", "--num-heads=4", "--head-dim=64", "--layer-norm=axon-0.8.1"]
RANDOM = {
    "default": DEFAULT,
    "default of 287 channels": ["--embed-dim=287"] + DEFAULT[1:],
    "default v3": DEFAULT + ["--target=x86-64-v3"],
    "default v4": DEFAULT + ["--target=x86-64-v4"],
    "default bf16": DEFAULT + ["--weight-storage=bf16"],
    "default rolling": DEFAULT + ["--attention-window=30", "--max-rows=8"],
    "default rollback": DEFAULT + ["--max-rows=100", "--rollback=7"],
    "small": SMALL,
    "small bf16": SMALL + ["--weight-storage=bf16"],
    "small rolling": SMALL + ["--attention-window=5", "--max-rows=3", "--rollback=2", "--cold=first"],
    "small rollback": SMALL + ["--max-rows=33", "--rollback=33", "--cold=zero"],
    "one of everything": ["--hidden-size=1", "--num-layers=1", "--num-heads=1", "--head-dim=1", "--state-size=1",
                          "--expand-factor=1", "--conv-size=1", "--embed-dim=1", "--window-size=1",
                          "--layer-norm=axon-0.8.1"],
}


def digest(compiler, arguments):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.o")
        result = subprocess.run([compiler, *arguments, "--name=model", "--no-header", "-o", path], capture_output=True,
                                text=True, check=False)
        if result.returncode != 0:
            return f"exit code {result.returncode}: {result.stderr.strip()}"
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()


def main():
    compiler = os.path.join(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "bin"), "sst-compile")
    models = {name: ["--random-weights=1", *flags] for name, flags in RANDOM.items()}
    for folder in (os.path.join(ROOT, "test", "Golden", "edifice"), os.path.join(SHARED, "edifice")):
        for path in sorted(glob.glob(os.path.join(folder, "*.safetensors"))):
            models.setdefault(os.path.basename(path), [path])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, text in zip(models, pool.map(lambda arguments: digest(compiler, arguments), models.values())):
            print(text, name, flush=True)


if __name__ == "__main__":
    main()
