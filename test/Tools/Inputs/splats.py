"""splats.py FOLDER: modules that ask for gigabytes in a few letters."""
import os
import sys

OPTIONS = ('sst.name = "m", sst.options = {conv_size = 3 : i64, dropout = 0.1 : f64, embed_dim = 4 : i64, '
           'expand_factor = 1 : i64, head_dim = 3 : i64, hidden_size = 4 : i64, layer_norm = "axon-0.8.1", '
           'num_heads = 1 : i64, num_layers = 1 : i64, state_size = 2 : i64, window_size = 5 : i64}, '
           'sst.stream = {cold = "short", max_rows = 5 : i64, rollback = 0 : i64}, sst.weights_digest = "%s"' % ("0" * 64))
WINDOW = """  func.func @window(%x: tensor<?x?x4xf32>) -> tensor<?x1x4xf32> {
    %y = sst.last_row %x : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
    return %y : tensor<?x1x4xf32>
  }
  func.func @sequence(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %y = arith.addf %x, %x : tensor<?x?x4xf32>
    return %y : tensor<?x?x4xf32>
  }
"""


def weight(name, rows, columns):
    return "  sst.weight @%s : tensor<%dx%dxf32> = dense<1.0> : tensor<%dx%dxf32>\n" % (name, rows, columns, rows, columns)


def dense(name, rows, parts, number=0):
    """A function that applies a weight whose columns are divided into `parts`."""
    types = ", ".join("tensor<?x?x%dxf32>" % part for part in parts)
    values = ", ".join("%%y#%d" % i for i in range(len(parts)))
    return """  func.func @f%d(%%x: tensor<?x?x%dxf32>) -> (%s) {
    %%w = sst.get_weight @%s : tensor<%dx%dxf32>
    %%y:%d = sst.dense %%x, %%w : (tensor<?x?x%dxf32>, tensor<%dx%dxf32>) -> (%s)
    return %s : %s
  }
""" % (number, rows, types, name, rows, sum(parts), len(parts), rows, rows, sum(parts), types, values, types)


def write(name, body, before="", after=""):
    with open(os.path.join(sys.argv[1], name), "w") as file:
        file.write("%smodule attributes {%s} {\n%s%s}\n%s" % (before, OPTIONS, WINDOW, body, after))


def write_shared(suffix, count):
    """`count` weights that share their values: 256 KiB of a resource, or of an attribute that has a name."""
    def weights(value):
        return "".join("  sst.weight @w%d : tensor<65536xf32> = %s\n" % (i, value) for i in range(count))
    data = "0000803F00000040" * (1 << 15)
    write("resource%s.mlir" % suffix, weights("dense_resource<r> : tensor<65536xf32>"),
          after='{-#\n  dialect_resources: { builtin: { r: "0x04000000%s" } }\n#-}\n' % data)
    write("alias%s.mlir" % suffix, weights("#w"), before='#w = dense<"0x%s"> : tensor<65536xf32>\n' % data)


def main():
    write("padded.mlir", weight("w", 1 << 28, 1) + dense("w", 1 << 28, [1]))
    write("sum.mlir", "".join(weight("w%d" % i, 1 << 20, 16) + dense("w%d" % i, 1 << 20, [16], i) for i in range(40)))
    write("copies.mlir", weight("w", 1 << 20, 64) + "".join(dense("w", 1 << 20, [i, 64 - i], i) for i in range(1, 64)))
    write("packed.mlir", "  sst.weight @w : tensor<268435456x1xf32, #sst.panels<16, [1]>> = dense<1.0> : "
                         "tensor<4294967296xf32>\n")
    write_shared("", 5000)
    write_shared("-fair", 100)
    write("fair.mlir", weight("w", 1 << 16, 16) + dense("w", 1 << 16, [16]))


main()
