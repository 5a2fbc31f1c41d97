"""rows.py FOLDER: functions that mix the last rows of sequences with all rows, from every stage.

Where types leave open how many rows a value has, or say something else than follows, sst-compile, sst-opt and
sst-interpret refuse the module with one line that names the op. All others compute what the interpreter does.
"""
import os
import struct
import subprocess
import sys

ATTRIBUTES = """sst.name = "m", sst.options = {conv_size = 3 : i64, dropout = 0.1 : f64, embed_dim = 4 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, hidden_size = 4 : i64, layer_norm = "axon-0.8.1", num_heads = 1 : i64, num_layers = 1 : i64, state_size = 2 : i64, window_size = 5 : i64}, sst.stream = {cold = "short", max_rows = 5 : i64, rollback = 0 : i64}, sst.weights_digest = "0000000000000000000000000000000000000000000000000000000000000000\""""
A, O = "tensor<?x?x4xf32>", "tensor<?x1x4xf32>"  # all rows, one row
WEIGHTS = """  sst.weight @w : tensor<4x4xf32> = dense<[[1.0, 2.0, 3.0, 4.0], [0.5, 0.25, 0.125, 1.5], [1.0, -1.0, 2.0, -2.0], [0.0, 1.0, 0.0, -3.0]]> : tensor<4x4xf32>
  sst.weight @k : tensor<3x4xf32> = dense<[[1.0, 2.0, 3.0, 4.0], [0.5, 0.25, 0.125, 1.5], [1.0, -1.0, 2.0, -2.0]]> : tensor<3x4xf32>
"""
PLAIN = {"window": f"    %y = sst.last_row %x : {A} -> {O}\n    return %y : {O}\n",
         "sequence": f"    %y = arith.addf %x, %x : {A}\n    return %y : {A}\n"}
LAST = f"    %l = sst.last_row %x : {A} -> {O}\n"

# Function, its body, and the op and the text of the report.
REFUSED = [
    ("window", f"    %y = sst.ema_scan %x, %x, %x, %x : ({A}, {A}, {A}, {A}) -> {O}\n    return %y : {O}\n",
     "'sst.ema_scan' op expects 'output' to have shape ?x?x4, but got ?x1x4"),
    ("window", f"    %l = sst.last_row %x : {A} -> {A}\n    %y = sst.last_row %l : {A} -> {O}\n    return %y : {O}\n",
     "'sst.last_row' op expects 'output' to have shape ?x1x4, but got ?x?x4"),
    ("sequence", f"    %y = sst.last_row %x : {A} -> {A}\n    return %y : {A}\n",
     "'sst.last_row' op expects 'output' to have shape ?x1x4, but got ?x?x4"),
    ("sequence", f"{LAST}    %y = sst.dense %l, %w : ({O}, tensor<4x4xf32>) -> {A}\n    return %y : {A}\n",
     "'sst.dense' op expects 'outputs' to have shape ?x1x4, but got ?x?x4"),
    ("window", f"    %y = sst.dense %x, %w : ({A}, tensor<4x4xf32>) -> {O}\n    return %y : {O}\n",
     "'sst.dense' op expects 'outputs' to have shape ?x?x4, but got ?x1x4"),
    ("sequence", f"{LAST}    %y = sst.dense %x, %w residual(%l) : ({A}, tensor<4x4xf32>, {O}) -> {A}\n    return %y : {A}\n",
     "'sst.dense' op expects 'residual' to have shape ?x?x4, but got ?x1x4"),
    ("sequence", f"{LAST}    %y = \"sst.activation\"(%l) <{{kind = #sst.activation<gelu>}}> : ({O}) -> {A}\n    return %y : {A}\n",
     "'sst.activation' op failed to verify that all of {input, output} have same type"),
    ("window", f"    %y = \"sst.causal_conv1d\"(%x, %k) <{{operandSegmentSizes = array<i32: 1, 1, 0, 0>}}> : ({A}, tensor<3x4xf32>) -> {O}\n    return %y : {O}\n",
     "'sst.causal_conv1d' op failed to verify that all of {input, output} have same type"),
    ("sequence", f"{LAST}    %y = \"sst.gated_fusion\"(%x, %x, %l) : ({A}, {A}, {O}) -> {A}\n    return %y : {A}\n",
     "'sst.gated_fusion' op failed to verify that all of {gate, first, second, output} have same type"),
    ("sequence", f"{LAST}    %y = sst.causal_attention %x, %l, %l {{num_heads = 2 : i64}} : ({A}, {O}, {O}) -> {A}\n    return %y : {A}\n",
     "'sst.causal_attention' op expects at least as many rows in 'key' as in 'query', but got 1 vs ?"),
    ("sequence", f"{LAST}    %y = sst.ema_scan %x, %l, %x, %x : ({A}, {O}, {A}, {A}) -> {A}\n    return %y : {A}\n",
     "'sst.ema_scan' op expects 'delta' to have shape ?x?x4, but got ?x1x4"),
]
# Only planning, from stage fuse on, looks at arith.
REFUSED_BY_PLAN = [
    ("sequence", f"{LAST}    %y = \"arith.addf\"(%x, %l) : ({A}, {O}) -> {A}\n    return %y : {A}\n",
     f"'arith.addf' op expects operands of the type of its result, '{A}', but got '{O}'; spell both alike"),
    ("window", f"{LAST}    %y = \"arith.mulf\"(%l, %x) : ({O}, {A}) -> {O}\n    return %y : {O}\n",
     f"'arith.mulf' op expects operands of the type of its result, '{O}', but got '{A}'; spell both alike"),
    ("sequence", f"{LAST}    %d = sst.dense %x, %w : ({A}, tensor<4x4xf32>) -> {A}\n    %y = \"arith.addf\"(%d, %l) : ({A}, {O}) -> {A}\n    return %y : {A}\n",
     f"'arith.addf' op expects operands of the type of its result, '{A}', but got '{O}'; spell both alike"),
    ("sequence", f"    return %x : {A}\n",
     "'func.return' op expects every returned value to be a distinct result of an sst op, but operand #0 is not; "
     "return the result of an op, each once"),
]
ACCEPTED = [
    ("window", f"{LAST}    %y = sst.dense %l, %w residual(%l) : ({O}, tensor<4x4xf32>, {O}) -> {O}\n    return %y : {O}\n"),
    ("window", f"{LAST}    %m = sst.last_row %l : {O} -> {O}\n    %y = arith.addf %m, %l : {O}\n    return %y : {O}\n"),
    ("window", f"{LAST}    %y = sst.causal_attention %l, %x, %x {{num_heads = 2 : i64}} : ({O}, {A}, {A}) -> {O}\n    return %y : {O}\n"),
    ("window", f"{LAST}    %y = sst.causal_attention %l, %l, %l {{num_heads = 2 : i64}} : ({O}, {O}, {O}) -> {O}\n    return %y : {O}\n"),
    ("window", f"{LAST}    %y = sst.ema_scan %x, %x, %x, %x gate(%l) last_row : ({A}, {A}, {A}, {A}, {A}) -> {O}\n    return %y : {O}\n".replace(f"{A}, {A}) -> ", f"{A}, {O}) -> ")),
    ("window", f"{LAST}    %y = sst.ema_scan %l, %l, %l, %l : ({O}, {O}, {O}, {O}) -> {O}\n    return %y : {O}\n"),
    ("window", f"{LAST}    %y = sst.causal_conv1d %l, %k : ({O}, tensor<3x4xf32>) -> {O}\n    return %y : {O}\n"),
    ("sequence", f"    %y = sst.dense %x, %w residual(%x) : ({A}, tensor<4x4xf32>, {A}) -> {A}\n    return %y : {A}\n"),
    ("sequence", f"    %y = sst.causal_attention %x, %x, %x {{num_heads = 2 : i64}} : ({A}, {A}, {A}) -> {A}\n    return %y : {A}\n"),
]

failures = 0


def fail(what):
    global failures
    failures += 1
    print(what)


def make_module(function, body):
    text = "module attributes {" + ATTRIBUTES + "} {\n" + WEIGHTS
    for name, result in (("window", O), ("sequence", A)):
        text += f"  func.func @{name}(%x: {A}) -> {result} {{\n    %w = sst.get_weight @w : tensor<4x4xf32>\n"
        text += "    %k = sst.get_weight @k : tensor<3x4xf32>\n" + (body if name == function else PLAIN[name]) + "  }\n"
    with open("in.mlir", "w") as file:
        file.write(text + "}\n")


def expect_refusal(label, command, wanted):
    result = subprocess.run(command, capture_output=True, text=True)
    reports = [line for line in result.stderr.splitlines() if "error: " in line]
    if result.returncode != 1 or len(reports) != 1 or wanted not in reports[0] or "in.mlir:" not in reports[0]:
        fail(f"{label}: {command}: exit code {result.returncode}: {result.stderr}")
    if os.path.exists("out.so"):
        fail(f"{label}: {command}: an output is there")
        os.remove("out.so")


def write_input(batch, rows):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({batch}, {rows}, 4), }}".encode()
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    with open("x.npy", "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        file.write(struct.pack(f"<{batch * rows * 4}f", *[(i * 37 % 101) / 50 - 1 for i in range(batch * rows * 4)]))


def check_accepted(label, function, body):
    make_module(function, body)
    for stage in ("import", "expand", "fuse"):
        subprocess.run(["sst-compile", "in.mlir", "--compile-from=" + stage, "--emit=shared", "-o", "out.so"], check=True)
        for batch, rows in ((1, 1), (1, 4), (3, 2), (2, 80)):
            write_input(batch, rows)
            for command in (["sst-run", "out.so", "--input", "x.npy", "--mode=" + function, "--output", "got.npy"],
                            ["sst-interpret", "in.mlir", "--function=" + function, "--input", "x.npy", "--compare",
                             "got.npy", "--atol=1e-5", "--rtol=1e-5"]):
                result = subprocess.run(command, capture_output=True, text=True)
                if result.returncode != 0:
                    fail(f"{label} from {stage}, {batch}x{rows}: {command[0]}: {result.stdout}{result.stderr}")
        os.remove("out.so")


os.chdir(sys.argv[1])
compile_from = ["sst-compile", "in.mlir", "--emit=shared", "-o", "out.so", "--compile-from"]
for number, (function, body, wanted) in enumerate(REFUSED):
    make_module(function, body)
    for stage in ("import", "expand", "fuse", "schedule"):
        expect_refusal(f"refused {number}", compile_from[:-1] + [compile_from[-1] + "=" + stage], wanted)
    expect_refusal(f"refused {number}", ["sst-opt", "in.mlir"], wanted)
    expect_refusal(f"refused {number}", ["sst-interpret", "in.mlir", "--function=" + function, "--random-input=2x3"], wanted)
for number, (function, body, wanted) in enumerate(REFUSED_BY_PLAN):
    make_module(function, body)
    for stage in ("import", "expand", "fuse"):
        expect_refusal(f"refused by the plan {number}", compile_from[:-1] + [compile_from[-1] + "=" + stage], wanted)
for number, (function, body) in enumerate(ACCEPTED):
    check_accepted(f"accepted {number}", function, body)
if failures == 0:
    print("all rows are counted alike")
sys.exit(failures != 0)
