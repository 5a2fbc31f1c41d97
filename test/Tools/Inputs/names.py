"""names.py FOLDER: modules whose functions and weights have names that code or LLVM uses for something else.

Functions other than those of a model are no part of an artefact, so with any of them the object is the same as without.
A weight's name is only seen in the tables of an artefact. What cannot be printed is refused.
"""
import os
import struct
import subprocess
import sys

KERNEL = "sst_dense_4of4_to_4of4_gelu_nobias"
NAMES = [KERNEL, "sst_team_next", "sst_team_mark", "sst_phase_1", "sst_numbers_window", "sst_dense_4of4_to_4_gelu_nobias",
         "sst_dense_epilogue_gelu_4of4", "sst_last_row_4_to_4of4", "sst_model_data", "sst_model_kernels", "sst_weights",
         "m_window", "m_artefact", "sst_artefact", "window.x86-64-v3", "window.x86-64-v4", "llvm.memcpy.p0.p0.i64",
         "llvm.foo", "llvm.used", "memcpy", "memset", "main", "a b", "\\22quoted\\22", "\\5C", "%", "\\C3\\A9",
         "x" * 100000]
UNPRINTABLE = ["", "a\\00b", "\\00", "a\\0Ab", "\\1B[31m", "\\7F", "\\FF", "\\C3"]
BASE = """module attributes {sst.name = "m", sst.options = {conv_size = 3 : i64, dropout = 0.1 : f64, embed_dim = 4 : i64, expand_factor = 1 : i64, head_dim = 3 : i64, hidden_size = 4 : i64, layer_norm = "axon-0.8.1", num_heads = 1 : i64, num_layers = 1 : i64, state_size = 2 : i64, window_size = 5 : i64}, sst.stream = {cold = "short", max_rows = 5 : i64, rollback = 0 : i64}, sst.weights_digest = "0000000000000000000000000000000000000000000000000000000000000000"} {
  sst.weight @"WEIGHT" : tensor<4x4xf32> = dense<[[1.0, 2.0, 3.0, 4.0], [0.5, 0.25, 0.125, 1.5], [1.0, -1.0, 2.0, -2.0], [0.0, 1.0, 0.0, -3.0]]> : tensor<4x4xf32>
  func.func @window(%x: tensor<?x?x4xf32>) -> tensor<?x1x4xf32> {
    %w = sst.get_weight @"WEIGHT" : tensor<4x4xf32>
    %d = sst.dense %x, %w activations [#sst.activation<gelu>] : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
    %y = sst.last_row %d : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
    return %y : tensor<?x1x4xf32>
  }
  func.func @sequence(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %w = sst.get_weight @"WEIGHT" : tensor<4x4xf32>
    %d = sst.dense %x, %w activations [#sst.activation<gelu>] : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
    return %d : tensor<?x?x4xf32>
  }
EXTRA}
"""
BODY = """{
    %y = arith.mulf %x, %x : tensor<?x?x4xf32>
    return %y : tensor<?x?x4xf32>
  }"""
TYPE = "(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32>"
EXTRAS = {"public": f'  func.func @"NAME"{TYPE} {BODY}\n', "private": f'  func.func private @"NAME"{TYPE} {BODY}\n',
          "declared": '  func.func private @"NAME"(tensor<?x?x4xf32>, i32) -> i1\n'}

failures = 0


def fail(what):
    global failures
    failures += 1
    print(what)


def compile_module(name, text, stage, output, *arguments):
    with open("in.mlir", "w") as file:
        file.write(text)
    command = ["sst-compile", "in.mlir", "--compile-from=" + stage, "--target=x86-64-v3", "-o", output, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if os.path.exists(output) != (result.returncode == 0):
        fail(f"{name}: exit code {result.returncode}, but the output is {'' if os.path.exists(output) else 'not '}there")
    return result


def expect_refusal(name, text, stage, wanted):
    result = compile_module(name, text, stage, "refused.o")
    if result.returncode != 1 or result.stderr.count("\n") != 1 or wanted not in result.stderr:
        fail(f"{name}: exit code {result.returncode}: {result.stderr!r}")


def schedule(text):
    """The module after stage schedule."""
    compile_module("schedule", text, "import", "scheduled.mlir", "--compile-to=schedule")
    return open("scheduled.mlir").read()


def check_functions():
    text = BASE.replace("WEIGHT", "w")
    compile_module("base", text.replace("EXTRA", ""), "import", "base.o")
    base = open("base.o", "rb").read()
    for kind, extra in EXTRAS.items():
        module = text.replace("EXTRA", "".join(extra.replace("NAME", name) for name in NAMES))
        for stage in ["import", "schedule"] if kind == "declared" else ["import"]:
            label = f"{kind} functions from {stage}"
            result = compile_module(label, module if stage == "import" else schedule(module), stage, "out.o")
            if result.returncode != 0 or result.stderr:
                fail(f"{label}: exit code {result.returncode}: {result.stderr[:500]!r}")
            elif open("out.o", "rb").read() != base:
                fail(f"{label}: another object than without them")
            if os.path.exists("out.o"):
                os.remove("out.o")
    for name in UNPRINTABLE:
        module = text.replace("EXTRA", EXTRAS["private"].replace("NAME", name))
        expect_refusal(f"function {name}", module, "fuse",
                       f"'func.func' op expects a name of UTF-8 that can be printed, but got \"{name}\"")


def check_lowered():
    """From stage loops on a module is a program, whose names must leave room for those of variants and of LLVM."""
    text = BASE.replace("WEIGHT", "w").replace("EXTRA", "")
    compile_module("loops", text, "import", "loops.mlir", "--compile-to=loops")
    lowered = open("loops.mlir").read()
    for name in ["llvm.foo", "llvm.memcpy.p0.p0.i64", "window.x86-64-v3", "a b"]:
        expect_refusal(f"lowered function {name}", lowered.replace("@sst_phase_1(", f'@"{name}"('), "loops",
                       "'llvm.func' op expects a name of letters, digits, '_' and '.' that does not begin with 'llvm.', "
                       f'but got "{name}"; rename it\n')


def check_weights():
    with open("x.npy", "wb") as file:
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4), }"
        header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        file.write(struct.pack("<24f", *[i / 7 - 1 for i in range(24)]))
    wanted = None
    for name in ["w", "sst_phase_1", "sst_numbers_window", KERNEL, "window.x86-64-v3", "llvm.foo", "\\C3\\A9 b", "x" * 100000]:
        label = f"weight {name[:40]}"
        text = BASE.replace("WEIGHT", name).replace("EXTRA", "")
        for stage in ["import", "fuse"] if name == KERNEL else ["import"]:
            result = compile_module(label, text, stage, "out.so", "--emit=shared")
            if result.returncode != 0 or result.stderr:
                fail(f"{label} from {stage}: exit code {result.returncode}: {result.stderr[:500]!r}")
                continue
            subprocess.run(["sst-run", "out.so", "--input", "x.npy", "--output", "y.npy"], check=True,
                           stdout=subprocess.DEVNULL)
            got = open("y.npy", "rb").read()
            wanted = wanted or got
            if got != wanted:
                fail(f"{label} from {stage}: another result")
            os.remove("out.so")
    for name in ["sst_team_next", "sst_team_mark"]:
        expect_refusal(f"weight {name}", BASE.replace("WEIGHT", name).replace("EXTRA", ""), "import",
                       f"'sst.weight' op is named '{name}', as a function that generated code calls; rename it")
    for name in UNPRINTABLE:
        expect_refusal(f"weight {name}", BASE.replace("WEIGHT", name).replace("EXTRA", ""), "import",
                       f"'sst.weight' op expects a name of UTF-8 that can be printed, but got \"{name}\"")


os.chdir(sys.argv[1])
check_functions()
check_lowered()
check_weights()
if failures == 0:
    print("all names are handled")
sys.exit(failures != 0)
