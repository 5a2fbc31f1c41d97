"""How each program is run: SST and its peers, with the settings that are best for this CPU."""

import glob
import json
import os
import subprocess
from dataclasses import dataclass, field

from works import HERE, Failure, imports, largest_difference, run

OPENBLAS_FOLDER = "/usr/lib/x86_64-linux-gnu/openblas-openmp"
NOT_INSTALLED = "not installed (run install-peers.sh)"


def cpu():
    """Name and flags of the CPU."""
    fields = {}
    with open("/proc/cpuinfo") as file:
        for line in file:
            key, _, value = line.partition(":")
            fields.setdefault(key.strip(), value.strip())
    return fields.get("model name", "unknown CPU"), fields.get("flags", "").split()


def settings(threads):
    """Environment variables without which a peer is slower on this CPU. OpenBLAS and PyTorch choose by a list of CPU
    models, and take far slower kernels for one that is too new for them."""
    wide = "avx512f" in cpu()[1]
    values = {
        "OPENBLAS_CORETYPE": "SKYLAKEX" if wide else "HASWELL",
        "ATEN_CPU_CAPABILITY": "avx512" if wide else "avx2",
        "OMP_NUM_THREADS": str(threads),
        # One pool of threads for PyTorch and its BLAS.
        "LD_LIBRARY_PATH": OPENBLAS_FOLDER,
        # PyTorch allocates every temporary anew; freed memory is kept instead of given back and cleared again.
        "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
        "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
        "MALLOC_TOP_PAD_": str(1 << 26),
    }
    if threads > 1:
        values |= {"OMP_PROC_BIND": "true", "GOMP_SPINCOUNT": "10000"}
    return values


def environment(threads):
    """The settings instead of whatever the caller's environment presets for these libraries."""
    prefixes = ("OPENBLAS_", "OMP_", "GOMP_", "ATEN_", "MKL_", "DNNL_", "ONEDNN_", "BLIS_", "MALLOC_", "LD_")
    values = {key: value for key, value in os.environ.items() if not key.startswith(prefixes)}
    return {**values, **settings(threads), "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass
class Machine:
    """Runs one program alone on as many CPUs as it has threads, with raised priority where that is allowed."""

    cpus: list = field(default_factory=lambda: sorted(os.sched_getaffinity(0)))

    def run(self, command, threads):
        if threads > len(self.cpus):
            raise Failure(f"needs {threads} CPUs, but may use {len(self.cpus)}")

        def settle():
            os.sched_setaffinity(0, self.cpus[-threads:])
            os.setsid()
            try:
                with open("/proc/self/autogroup", "w") as group:
                    group.write("-15")
                os.nice(-15)
            except OSError:
                pass  # not root

        done = subprocess.run(command, capture_output=True, text=True, env=environment(threads), preexec_fn=settle)
        if done.returncode:
            text = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
            raise Failure(text[-1] if "Traceback" in done.stderr else text[0])
        return done.stdout


class Runner:
    """One program. `measure` returns median_ms, min_ms, runs, library, max_abs_diff, and weights_bytes of a step."""

    storage = "f32"  # of weights

    def __init__(self, name, label):
        self.name, self.label = name, label

    def missing(self, setup):
        """Why it cannot be run at all, or None."""
        return None

    def runs(self, work):
        """Whether the program is worth a row of this work."""
        return True

    def measure(self, setup, work, seconds):
        output = setup.data.path(f"{self.name}.output.npy")
        source, reference = setup.data.input_and_reference(work, self.storage)
        record = self.time(setup, work, source, output, seconds)
        if work.step:
            record["weights_bytes"] = setup.data.weights_bytes(work, self.storage)
        record["max_abs_diff"] = largest_difference(output, reference)
        return record

    def time(self, setup, work, source, output, seconds):
        """Runs the program, which writes its output and prints a line of JSON at the end."""
        flags = [f"--input={source}", f"--output={output}", f"--threads={work.threads}", f"--seconds={seconds}"]
        flags += ["--step"] if work.step else []
        printed = setup.machine.run([*self.command(setup, work), *flags], work.threads)
        return json.loads(printed.strip().splitlines()[-1])


class Sst(Runner):
    """Coupled to our tools here and nowhere else: sst-benchmark times, if it is built; sst-run computes the output."""

    def __init__(self, name, label, storage="f32"):
        super().__init__(name, label)
        self.storage = storage

    def runs(self, work):
        return work.step or self.storage == "f32"

    def time(self, setup, work, source, output, seconds):
        artefact, flags = setup.data.artefact(work, self.storage), ["--mode=step"] if work.step else []
        flags += [f"--threads={work.threads}"] if work.threads > 1 else []
        command = [setup.data.tool("sst-run"), artefact, "--input", source, "--output", output, *flags, "--json"]
        first = json.loads(setup.machine.run([*command, "--repeat=3"], work.threads))
        benchmark = setup.data.tool("sst-benchmark")
        if os.path.exists(benchmark):
            report = setup.data.path("sst-benchmark.json")
            shape = [f"--batch={work.batch}", f"--rows={work.rows}", *flags]
            setup.machine.run([benchmark, artefact, *shape, f"--min-time={seconds}", f"--json={report}"], work.threads)
            with open(report) as file:
                record = json.load(file)["results"][0]
            runs = record["calls"]
        elif work.step:
            raise Failure("sst-run cannot repeat one step; run tools/scripts/build.sh sst-benchmark")
        else:
            runs = max(3, int(1.3 * seconds * 1000 / first["median_ms"]))
            record = json.loads(setup.machine.run([*command, f"--repeat={runs}"], work.threads))
        result = {key: record[key] for key in ("median_ms", "min_ms")}
        if work.step:
            result |= {key: record[key] for key in ("percent_of_read", "level")}
        elif record.get("flops"):
            result["needed_flops"] = record["flops"]
        return {**result, "runs": runs, "library": f"SST, {record['variant']}"}


class Cpp(Runner):
    def __init__(self, name, label, program, *flags):
        super().__init__(name, label)
        self.program, self.flags = program, flags

    def missing(self, setup):
        return None if os.path.exists(setup.program(self.program)) else NOT_INSTALLED

    def runs(self, work):
        return not work.step or "--last-only" not in self.flags  # a step is one row anyway

    def command(self, setup, work):
        return [setup.program(self.program), f"--weights={setup.data.weights(work)}", *self.flags]


class Reading(Runner):
    """No peer, but what bounds a step: only reads as many bytes as there are weights."""

    def runs(self, work):
        return work.step

    def missing(self, setup):
        return None if os.path.exists(setup.program("peer-read")) else NOT_INSTALLED

    def measure(self, setup, work, seconds):
        size = setup.data.weights_bytes(work)
        flags = [f"--bytes={size}", f"--threads={work.threads}", f"--seconds={seconds}"]
        record = json.loads(setup.machine.run([setup.program("peer-read"), *flags], work.threads))
        return {**record, "weights_bytes": size}


class OnnxRuntime(Runner):
    def library(self, setup):
        pattern = os.path.join(setup.folder, "node_modules/onnxruntime-node/bin/*/linux/x64/libonnxruntime.so.1")
        return (glob.glob(pattern) or [None])[-1]

    def missing(self, setup):
        return None if self.library(setup) and imports(setup.data.python, "onnx") else NOT_INSTALLED

    def graph_flags(self, work):
        """The forms that were fastest; for one short sequence they differ little."""
        if work.step:
            return ["--attention=operator", "--wide", "--step"]
        if "avx512f" in cpu()[1] and work.rows <= 64:
            return ["--scan=chunks", "--attention=plain", "--last-only"]
        return ["--scan=operator" if work.batch == 1 else "--scan=chunks", "--attention=operator", "--last-only"]

    def command(self, setup, work):
        graph = setup.data.graph(work, self.graph_flags(work))
        hidden = {"default": 256, "large": 1024}[work.model]
        library, program = self.library(setup), setup.program("peer-ort")
        return [program, f"--library={library}", f"--model={graph}", f"--hidden={hidden}"]


class Torch(Runner):
    def missing(self, setup):
        return None if imports(setup.data.python, "torch") else NOT_INSTALLED

    def command(self, setup, work):
        script = os.path.join(HERE, "peer_torch.py")
        last_only = [] if work.step else ["--last-only"]
        return [setup.data.python, script, f"--weights={setup.data.weights(work)}", *last_only]


SST = Sst("sst", "SST")
READING = Reading("read", "reading the weights")
PEERS = [
    OnnxRuntime("ort", "ONNX Runtime"),
    Torch("torch", "PyTorch"),
    Cpp("onednn", "C++ on oneDNN", "peer-onednn"),
    Cpp("onednn-last", "C++ on oneDNN, last row", "peer-onednn", "--last-only"),
    Cpp("openblas", "C++ on OpenBLAS", "peer-openblas"),
    Cpp("openblas-last", "C++ on OpenBLAS, last row", "peer-openblas", "--last-only"),
    Sst("sst-bf16", "SST, weights in bf16", "bf16"),
    READING,
]
LABELS = {runner.name: runner.label for runner in [SST, *PEERS]}


def build_programs(folder):
    """Builds the programs in C++ whose libraries are there."""
    os.makedirs(folder, exist_ok=True)
    run(["cmake", "-S", HERE, "-B", folder], "configuring the peers")
    run(["cmake", "--build", folder, "--parallel", "2"], "building the peers")
