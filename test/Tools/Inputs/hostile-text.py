"""hostile-text.py FOLDER TOOL...: text that would take MLIR's parser minutes, gigabytes or its whole stack, spelled so that
a scanner which knows less than MLIR's lexer misses it. Each tool must refuse each with exit code 1 and a message of the
bounds, not of the parser. Prints how many do."""
import os
import resource
import subprocess
import sys

MINUS = "-" * 200000 + "d0"
SUM = " + ".join(["d0 mod 3"] * 50000)
DEEP = "[" * 100000 + "]" * 100000
AFFINE = "an affine map of at most"
OPERATORS = "expressions of at most 512 operators"
BRACKETS = "brackets to be nested at most 256"
CASES = {
    "line-comment": ("#m = affine_map // <\n<(d0) -> (" + MINUS + ")>\nmodule {}\n", AFFINE),
    "comment-with-return": ("#m = affine_map // x\r<(d0) -> (" + MINUS + ")>\nmodule {}\n", AFFINE),
    "comment-that-ends-early": ("module attributes {a = // \r" + DEEP + "} {}\n", BRACKETS),
    "many-comments": ("#m = affine_map" + "// affine_set\n" * 100 + "<(d0) -> (" + SUM + ")>\nmodule {}\n", AFFINE),
    "set": ("#s = affine_set\n//\n<(d0) : (" + MINUS + " >= 0)>\nmodule {}\n", AFFINE),
    "nul": ("#m = affine_map\0<(d0) -> (" + MINUS + ")>\nmodule {}\n", AFFINE),
    "dimensions": ("#m = affine_map//\n<(" + ", ".join("d%d" % i for i in range(50000)) + ") -> ()>\nmodule {}\n", AFFINE),
    "in-type": ("func.func private @f(memref<4xf32, affine_map //\n<(d0) -> (" + SUM + ")>>)\n", AFFINE),
    "other-name": ("#m = affine_mop<(d0) -> (" + SUM + ")>\nmodule {}\n", OPERATORS),
    "bare": ("module attributes {a = (d0) -> (" + MINUS + ")} {}\n", OPERATORS),
    "subtractions": ("module attributes {a = x<(d0" + " -1" * 100000 + ")>} {}\n", OPERATORS),
    "escaped-quote": ('module attributes {a = "\\"", b = ' + DEEP + "} {}\n", BRACKETS),
    "escaped-backslash": ('module attributes {a = "\\\\", b = ' + DEEP + "} {}\n", BRACKETS),
    "slashes-in-string": ('module attributes {a = "//", b = ' + DEEP + "} {}\n", BRACKETS),
    "quote-in-comment": ('// "\nmodule attributes {b = ' + DEEP + "} {}\n", BRACKETS),
    "quoted-symbol": ('func.func private @"a//"(' + "tuple<" * 100000 + ">" * 100000 + ")\n", BRACKETS),
    "types": ("!t = " + "!llvm.struct<(" * 100000 + ")>" * 100000 + "\nmodule {}\n", BRACKETS),
    "locations": ("module {} loc(" + "fused<" * 100000 + ")\n", BRACKETS),
    "resources": ("module {}\n{-# dialect_resources: " + "{a: " * 100000 + "}" * 100000 + " #-}\n", BRACKETS),
    "arrows": ("module attributes {a = " + "<->" * 100000 + "} {}\n", BRACKETS),
    "decimal": ("module attributes {a = " + "9" * 1000000 + " : i64} {}\n", "numbers of at most 1024 characters"),
    "float": ("module attributes {a = 1." + "9" * 1000000 + " : f64} {}\n", "numbers of at most 1024 characters"),
    "ones": ("func.func private @f(tensor<1" + "x1" * 300000 + "xf32>)\n", "sizes of at most 1024 characters"),
    "fours": ("func.func private @f(memref<?x4" + "x4" * 300000 + "xi8>)\n", "sizes of at most 1024 characters"),
    "zeros": ("func.func private @f(vector<0" + "x0" * 300000 + "xf32>)\n", "sizes of at most 1024 characters"),
    "wide-integer": ("module attributes {a = dense<[1, 2]> : tensor<2xi16777215>} {}\n", "integers of at most 4096 bits"),
    "result-number": ("func.func @f(%x: i64) { return %y#4294967295 : i64 }\n", "numbers of results up to 1048576"),
    "result-numbers": ('func.func @f() {\n "func.return"(' + ", ".join("%%a%d#1048576" % i for i in range(2000)) +
                       ") : () -> ()\n}\n", "to be at most 4194304 in sum"),
    "result-numbers-in-regions": ("\n".join("func.func @f%d() { return %%a#1048576 : i64 }" % i for i in range(20000)),
                                  "to be at most 4194304 in sum"),
    "vector": ("func.func @f() { %c = arith.constant dense<[1.0]> : vector<1xf32>\n"
               " %v = vector.broadcast %c : vector<1xf32> to vector<1000000000xf32>\n return }\n", "at most 4096 scalars"),
    "aggregate": ("!a = !llvm.array<4096 x i8>\n!b = !llvm.struct<(!a, !a)>\nllvm.func @f() { %0 = llvm.mlir.undef : !b\n"
                  " llvm.return }\n", "at most 4096 scalars"),
    "global": ("llvm.mlir.global internal constant @z() : !llvm.array<17179869184 x i8>\n", "expects at most 1073741824"),
    "table": ('memref.global "private" constant @t : memref<4294967296xf32> = dense<0.0>\n', "expects at most 1073741824"),
}
# Nothing of this is too deep, long or wide.
FINE = ("#m = affine_map/* x */".replace("/* x */", " // x\n") + "<(d0, d1)[s0] -> (d0 mod 4 + s0 floordiv 3 - d1 * -1)>\n"
        "module attributes {x.a = #m, x.b = dense<[" + ", ".join(["-1.0e-05", "-2"] * 1000).replace("-2", "-2.0") +
        "]> : tensor<2000xf32>, x.c = \"" + "[(<{" * 1000 + "\"} {\n  // " + "[(<{" * 1000 +
        "\n  func.func private @f(tensor<*xf32>, memref<*xf32>) -> i32\n"
        "  func.func private @g() -> (" + ", ".join(["i32"] * 256) + ")\n"
        "  func.func @h() {\n    %y:256 = call @g() : () -> (" + ", ".join(["i32"] * 256) + ")\n" +
        "    arith.addi %y#255, %y#255 : i32\n" * 10000 + "    return\n  }\n}\n")


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))


def run(tool, path):
    command = [tool, path]
    if tool.endswith("sst-compile"):
        command += ["--compile-from=loops", "--target=x86-64-v3", "-o", path + ".o"]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=600, preexec_fn=limit)


def main():
    folder, tools = sys.argv[1], sys.argv[2:]
    good = 0
    for name, (text, message) in sorted(CASES.items()):
        path = os.path.join(folder, name + ".mlir")
        with open(path, "w", newline="") as file:
            file.write(text)
        for tool in tools:
            done = run(tool, path)
            if done.returncode == 1 and message in done.stderr and "error: " + path in done.stderr:
                good += 1
            else:
                print("%s: %s: exit code %d: %s" % (tool, name, done.returncode, done.stderr[:300]))
    path = os.path.join(folder, "fine.mlir")
    with open(path, "w", newline="") as file:
        file.write(FINE)
    for tool in tools:
        if "expects a dictionary 'sst.options'" in run(tool, path).stderr or tool.endswith("sst-interpret"):
            good += 1
        else:
            print("%s: %s" % (tool, run(tool, path).stderr[:300]))
    print("%d of %d" % (good, len(tools) * (len(CASES) + 1)))


main()
