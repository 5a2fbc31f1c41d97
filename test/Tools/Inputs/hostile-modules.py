"""hostile-modules.py FOLDER: writes modules that no compiler should read to its end."""
import os
import sys


def write(name, text):
    with open(os.path.join(sys.argv[1], name), "w") as file:
        file.write(text)


write("brackets.mlir", 'module attributes {a = ' + "[" * 200000 + "]" * 200000 + "} {}\n")
write("affine.mlir", "module {}\n#map = affine_map<(d0) -> (" + "-" * 200000 + "d0)>\n")
aliases = ["#a0 = []"] + ["#a%d = [#a%d]" % (i + 1, i) for i in range(50000)]
write("deep-aliases.mlir", "\n".join(aliases) + "\nmodule attributes {a = #a50000} {}\n")
aliases = ["#a0 = []"] + ["#a%d = [#a%d, #a%d]" % (i + 1, i, i) for i in range(60)]
write("wide-aliases.mlir", "\n".join(aliases) + "\nmodule attributes {a = #a60} {}\n")
write("empty.mlir", "module {}\n")
write("syntax.mlir", "module {\n  func.func @window(\n}\n")
write("dialect.mlir", "module {\n  other.thing\n}\n")
options = ("embed_dim = 4 : i64, hidden_size = 4 : i64, state_size = 2 : i64, num_layers = 1 : i64, "
           "num_heads = 1 : i64, head_dim = 4 : i64, expand_factor = 2 : i64, conv_size = 2 : i64, dropout = 0.0 : f64, "
           'window_size = 3 : i64, layer_norm = "axon-0.8.1"')
write("foreign.mlir", """module attributes {sst.name = "foreign", sst.options = {%s}, sst.weights_digest = "%s"} {
  func.func @window(%%a: f32) -> f32 {
    %%b = math.erf %%a : f32
    return %%b : f32
  }
}
""" % (options, "0" * 64))
