"""What is compared: a model, a batch, a number of rows and a number of threads; its weights, input and reference."""

import array
import functools
import json
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass

# Flags of sst-compile and of weights.py; what is not said is the default of both.
MODELS = {
    "default": {"embed-dim": 256},
    "large": {"embed-dim": 1024, "hidden-size": 1024, "num-layers": 12, "num-heads": 16},
}
WORKS = ("default:1x60", "default:1x60:2", "default:32x60", "default:1x2048", "large:1x60", "large:1x512")
WORKS += ("default:step", "default:step:2")
GRAMMAR = "MODEL:BATCHxROWS[:THREADS] or MODEL:step[:THREADS]"
STEP_ROWS = 60  # of a stream, with the row of the step
GOLDEN = "p20_default_full.safetensors"
HERE = os.path.dirname(os.path.abspath(__file__))


class Failure(Exception):
    """Something that a user can put right; the message says what."""


@dataclass(frozen=True)
class Work:
    model: str
    batch: int
    rows: int
    threads: int
    step: bool = False  # the last row of a stream that has all the others

    @staticmethod
    def parse(text):
        """What GRAMMAR says."""
        model, _, rest = text.partition(":")
        shape, _, threads = rest.partition(":")
        step = shape == "step"
        batch, _, rows = f"1x{STEP_ROWS}".partition("x") if step else shape.partition("x")
        numbers = [batch, rows, threads or "1"]
        if model not in MODELS or not all(number.isdecimal() and int(number) > 0 for number in numbers):
            expected = f"{GRAMMAR} with MODEL one of {', '.join(MODELS)}"
            raise Failure(f"--works: expects {expected}, but got '{text}'")
        return Work(model, *map(int, numbers), step)

    def __str__(self):
        shape = "step" if self.step else f"{self.batch}x{self.rows}"
        return f"{self.model}:{shape}" + (f":{self.threads}" if self.threads > 1 else "")


def run(command, what, **options):
    """Runs a command that prepares something, with low priority; Failure with the end of its output if it fails."""
    done = subprocess.run(["nice", "-n", "10", *command], capture_output=True, text=True, **options)
    if done.returncode:
        text = (done.stderr.strip() or done.stdout.strip())[-1500:]
        raise Failure(f"{what} failed: {' '.join(command)}\n{text}")
    return done.stdout


def newer(path, *sources):
    """Whether `path` exists and is not older than any source."""
    return os.path.exists(path) and all(os.path.getmtime(path) >= os.path.getmtime(source) for source in sources)


def read_tensor(path, name="output"):
    """The values of a float tensor: of a .npy file, or the one called `name` of a safetensors file."""
    with open(path, "rb") as file:
        if path.endswith(".npy"):
            if file.read(8) != b"\x93NUMPY\x01\x00":
                raise Failure(f"{path}: expects a .npy file of version 1")
            header = file.read(struct.unpack("<H", file.read(2))[0]).decode()
            kind = "d" if "'<f8'" in header else "f"
            return array.array(kind, file.read())
        (length,) = struct.unpack("<Q", file.read(8))
        begin, end = json.loads(file.read(length))[name]["data_offsets"]
        file.seek(8 + length + begin)
        return array.array("f", file.read(end - begin))


def largest_difference(path, reference):
    """The largest |got - want| of two files; infinite for NaN or another number of values."""
    got, want = read_tensor(path), read_tensor(reference)
    if len(got) != len(want):
        return float("inf")
    worst = 0.0
    for one, other in zip(got, want):
        difference = abs(one - other)
        worst = difference if difference > worst or difference != difference else worst
    return worst if worst == worst else float("inf")


class Data:
    """Files of works, made when they are needed and kept in a folder."""

    def __init__(self, folder, tools, python, golden):
        self.folder, self.tools, self.python, self.golden = folder, tools, python, golden
        os.makedirs(folder, exist_ok=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def tool(self, name):
        return os.path.join(self.tools, name)

    def name(self, work):
        return "golden" if work.model == "default" and self.golden else work.model

    def weights(self, work):
        """The golden's file itself, if there is one, so that its own input and output are compared too."""
        if self.name(work) == "golden":
            return self.golden
        path = self.path(f"{work.model}.safetensors")
        if not newer(path, os.path.join(HERE, "weights.py")):
            if not imports(self.python, "numpy"):
                raise Failure("making weights needs a Python with numpy (run install-peers.sh)")
            flags = [f"--{name}={value}" for name, value in MODELS[work.model].items()]
            run([self.python, os.path.join(HERE, "weights.py"), path + ".new", *flags], "making weights")
            os.replace(path + ".new", path)
        return path

    def input_and_reference(self, work, storage="f32"):
        """The input, and what comes out in float64: of Edifice for the golden's own input, else of sst-interpret, which
        also computes what comes out with weights that are rounded to bf16. A step has the output of its window."""
        if storage != "f32":
            return self.input_and_rounded_reference(work, storage)
        if self.name(work) == "golden" and (work.batch, work.rows) == (1, 60):
            return self.golden, self.golden
        stem = self.path(f"{self.name(work)}-{work.batch}x{work.rows}")
        paths = stem + ".input.npy", stem + ".reference.npy"
        weights = self.weights(work)
        if not all(newer(path, weights) for path in paths):
            flags = [f"--random-input={work.batch}x{work.rows},1", "--save-input", paths[0], "--output", paths[1]]
            run([self.tool("sst-interpret"), weights, *flags], "the float64 reference")
        return paths

    def input_and_rounded_reference(self, work, storage):
        source, weights = self.input_and_reference(work)[0], self.weights(work)
        stem = self.path(f"{self.name(work)}-{work.batch}x{work.rows}-{storage}")
        module, path = stem + ".mlir", stem + ".reference.npy"
        if not newer(path, weights):
            flags = [f"--weight-storage={storage}", "--compile-to=import", "-o", module]
            run([self.tool("sst-compile"), weights, *flags], "rounding weights")
            run([self.tool("sst-interpret"), module, "--input", source, "--output", path], "the float64 reference")
            os.remove(module)
        return source, path

    def artefact(self, work, storage="f32"):
        name = self.name(work) if storage == "f32" else f"{self.name(work)}-{storage}"
        path, weights = self.path(f"{name}.so"), self.weights(work)
        if not newer(path, weights, self.tool("sst-compile")):
            flags = [f"--weight-storage={storage}", "--emit=shared", "-o", path]
            run([self.tool("sst-compile"), weights, *flags], "sst-compile")
        return path

    def weights_bytes(self, work, storage="f32"):
        """What a call reads of weights."""
        with open(self.artefact(work, storage)[: -len("so")] + "json") as file:
            return json.load(file)["weights"]["packed_bytes"]

    def graph(self, work, flags):
        """The ONNX graph for a work; `flags` are those of make_onnx.py."""
        name = "".join(letter for letter in "".join(flags) if letter.isalnum())
        path, weights = self.path(f"{self.name(work)}-{work.batch}x{work.rows}-{name}.onnx"), self.weights(work)
        script = os.path.join(HERE, "make_onnx.py")
        if not newer(path, weights, script):
            for old in path, path + ".data":
                if os.path.exists(old):
                    os.remove(old)
            shape = [f"--batch={work.batch}", f"--rows={work.rows}"]
            environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
            run([self.python, script, weights, path, *shape, *flags], "make_onnx.py", env=environment)
        return path


def needed_flops(work):
    """Flops of a window that are needed; a multiply-add is two. In the last block q, attention, z, both output
    products, the gate and the feed-forward network are needed for the last row alone; of attention only the pairs that
    the mask keeps. Norms, activations and the like are not counted."""
    options = MODELS[work.model]
    hidden, layers = options.get("hidden-size", 256), options.get("num-layers", 6)
    inner, state, taps = 2 * hidden, 16, 4
    attention = 64 * options.get("num-heads", 4)
    project = 2 * options["embed-dim"] * hidden if options["embed-dim"] != hidden else 0
    all_rows = 2 * hidden * inner + 2 * taps * inner + 4 * inner * state + 2 * inner * inner + 4 * hidden * attention
    all_rows += 4 * inner + 2 * state
    last_row = 4 * hidden * inner + 4 * hidden * attention + 2 * hidden * hidden + 16 * hidden * hidden
    pairs = work.rows * (work.rows + 1) // 2
    full = work.rows * (all_rows + last_row) + 4 * attention * pairs
    sliced = work.rows * all_rows + last_row + 4 * attention * work.rows
    return work.batch * (work.rows * project + (layers - 1) * full + sliced)


def find_golden(root, given):
    """The golden's path, or None. `given` is what the user said."""
    if given:
        if not os.path.isfile(given):
            raise Failure(f"--golden: no file '{given}'")
        return given
    shared = os.environ.get("SST_SHARED", os.path.join(os.path.dirname(root), "shared", "golden"))
    path = os.path.join(shared, "edifice", GOLDEN)
    return path if os.path.isfile(path) else None


@functools.lru_cache(None)
def imports(python, modules):
    """Whether a Python has these modules."""
    return subprocess.run([python, "-c", f"import {modules}"], capture_output=True).returncode == 0


def find_python():
    """The Python for weights, graphs and PyTorch: the first one or the system's, whichever has more of the modules."""
    candidates = shutil.which("python3") or "python3", "/usr/bin/python3"
    for modules in ("numpy, onnx, torch", "numpy, onnx", "numpy"):
        for python in candidates:
            if imports(python, modules):
                return python
    return candidates[1]
