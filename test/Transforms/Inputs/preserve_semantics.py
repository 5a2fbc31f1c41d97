"""Runs the float64 interpreter after every pass of the stages expand and fuse, and compares with what it computed
before: `preserve_semantics.py goldens FOLDER` over models in files, `preserve_semantics.py random COUNT` over random
option sets. `stored-once FOLDER` checks that the stage fuse stores every weight exactly once."""

import math
import os
import random
import re
import subprocess
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "..", "Integration"))
import tensors

# Relative to the largest value. Blocks compute the attention's scale in float64, expanded blocks round it to float32,
# and folding rounds each scaled weight to float32; all other passes keep every bit.
TOLERANCES = [
    ("sst-expand-blocks", 1e-7),
    ("sst-slice-last-row", 1e-12),
    ("sst-merge-projections", 1e-12),
    ("sst-fuse-epilogues", 1e-12),
    ("sst-drop-unused-weights", 1e-12),
    ("sst-fold-scales", 2e-6),
]


def interpret(model, function, passes, folder):
    """The values of the first result."""
    output = os.path.join(folder, "output.npy")
    command = ["sst-interpret", *model, "--function=" + function, "--output", output]
    if passes:
        command.append("--passes=" + ",".join(passes))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return tensors.read_npy(output)


def largest_difference(got, want):
    """Relative to the largest wanted value."""
    if len(got) != len(want) or any(math.isnan(value) for value in got):
        return float("inf")
    scale = max(abs(value) for value in want)
    return max(abs(a - b) for a, b in zip(got, want)) / scale


def check_model(model, folder):
    """Compares after each pass; returns the number of failures."""
    failures = 0
    for function in ("window", "sequence"):
        passes, before = [], interpret(model, function, [], folder)
        for name, tolerance in TOLERANCES:
            passes.append(name)
            after = interpret(model, function, passes, folder)
            difference = largest_difference(after, before)
            before = after
            if difference > tolerance:
                failures += 1
                print(f"{' '.join(model)}: {function} after {name} differs by {difference:.3g}, allowed {tolerance}")
    return failures


def goldens(folder):
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".safetensors"))


def random_model(generator):
    sizes = {
        "embed-dim": generator.randint(1, 20),
        "hidden-size": generator.randint(1, 20),
        "state-size": generator.randint(1, 9),
        "num-layers": generator.randint(1, 3),
        "num-heads": generator.randint(1, 3),
        "head-dim": generator.randint(1, 9),
        "expand-factor": generator.randint(1, 3),
        "conv-size": generator.randint(1, 5),
    }
    shape = f"{generator.randint(1, 3)}x{generator.randint(1, 12)}"
    seed = generator.randint(0, 1000)
    return [f"--random-weights={seed}", f"--random-input={shape},{seed}", *(f"--{k}={v}" for k, v in sizes.items())]


def stored_elements(model, stage):
    """The number of values in all weights of a module."""
    text = subprocess.run(
        ["sst-compile", model, "--compile-to=" + stage, "--elide-weights", "-o", "-"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    count = 0
    for shape in re.findall(r"sst\.weight @\S+ : tensor<([0-9x]+)xf32>", text):
        product = 1
        for size in shape.split("x"):
            product *= int(size)
        count += product
    return count


def check_stored_once(model):
    before, after = stored_elements(model, "import"), stored_elements(model, "fuse")
    if before == after and before > 0:
        return 0
    print(f"{model}: {before} values before fusing, {after} after")
    return 1


def main(mode, argument):
    if mode == "stored-once":
        failures = sum(check_stored_once(model) for model in goldens(argument))
    else:
        generator = random.Random(20260)
        models = [[path] for path in goldens(argument)] if mode == "goldens" else [
            random_model(generator) for _ in range(int(argument))]
        with tempfile.TemporaryDirectory() as folder:
            failures = sum(check_model(model, folder) for model in models)
    sys.exit(1 if failures else 0)


main(*sys.argv[1:])
