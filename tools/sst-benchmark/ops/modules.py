"""Writes a module for each kernel of the compiler, of the sizes that it has in Edifice's default model.

A model has one input, so an op that needs several values gets them from projections in front of it, as in a model. In
the artefact's table of ops an op has the name of its weights or, without weights, that of the operation with a number.
"""

import random
import struct

# name, channels of the input, channels of the output, body. In a body `{r256}` is the type of rows of 256 channels, and
# `{w:NAME 256x1024}` a weight with random values.
MODULES = [
    ("feed_forward", 256, 256, """
    %up = sst.dense %x, {w:up.kernel 256x1024} bias({w:up.bias 1024}) activations [#sst.activation<gelu>]
        : ({r256}, {t256x1024}, {t1024}) -> {r1024}
    %y = sst.dense %up, {w:down.kernel 1024x256} bias({w:down.bias 256}) residual(%x)
        : ({r1024}, {t1024x256}, {t256}, {r256}) -> {r256}"""),
    ("scan_parameters", 512, 512, """
    %p:3 = sst.dense %x, {w:parameters.kernel 512x544} bias({w:parameters.bias 544})
        activations [#sst.activation<none>, #sst.activation<none>, #sst.activation<softplus>]
        : ({r512}, {t512x544}, {t544}) -> ({r16}, {r16}, {r512})
    %y = sst.ema_scan %x, %p#2, %p#0, %p#1 gate(%x)
        : ({r512}, {r512}, {r16}, {r16}, {r512}) -> {r512}"""),
    ("norm", 256, 256, """
    %y = sst.layer_norm %x, {w:norm.gamma 256}, {w:norm.beta 256} : {r256}, {t256}, {t256}"""),
    ("conv", 512, 512, """
    %y = sst.causal_conv1d %x, {w:conv.kernel 4x512} bias({w:conv.bias 512}) activation <silu>
        : ({r512}, {t4x512}, {t512}) -> {r512}"""),
    ("attention", 256, 256, """
    %p:3 = sst.dense %x, {w:projections.kernel 256x768} bias({w:projections.bias 768})
        : ({r256}, {t256x768}, {t768}) -> ({r256}, {r256}, {r256})
    %y = sst.causal_attention %p#0, %p#1, %p#2 {{num_heads = 4 : i64}}
        : ({r256}, {r256}, {r256}) -> {r256}"""),
    ("fusion", 256, 256, """
    %p:3 = sst.dense %x, {w:projections.kernel 256x768} bias({w:projections.bias 768})
        activations [#sst.activation<sigmoid>, #sst.activation<none>, #sst.activation<none>]
        : ({r256}, {t256x768}, {t768}) -> ({r256}, {r256}, {r256})
    %y = sst.gated_fusion gate(%p#0) %p#1, %p#2 : {r256}"""),
    ("dense_fusion", 512, 256, """
    %p:3 = sst.dense %x, {w:projections.kernel 512x768} bias({w:projections.bias 768})
        activations [#sst.activation<sigmoid>, #sst.activation<none>, #sst.activation<none>]
        : ({r512}, {t512x768}, {t768}) -> ({r256}, {r256}, {r256})
    %y = sst.dense %x, {w:out.kernel 512x256} bias({w:out.bias 256}) gate(%p#0, %p#1) residual(%p#2)
        : ({r512}, {t512x256}, {t256}, {r256}, {r256}, {r256}) -> {r256}"""),
]

# What to show: title, module, name in the table of ops (what follows after a _ may differ), numbers of rows.
OPS = [
    ("dense 256->1024, gelu", "feed_forward", "up", (60,)),
    ("dense 1024->256, residual", "feed_forward", "down", (60,)),
    ("dense 512->544, softplus", "scan_parameters", "parameters", (60,)),
    ("dense 256->768", "attention", "projections", (60,)),
    ("dense 512->256, gate, residual", "dense_fusion", "out", (60,)),
    ("layer_norm 256", "norm", "norm", (60,)),
    ("causal_conv1d 512, 4 taps, silu", "conv", "conv", (60,)),
    ("ema_scan 512, gate", "scan_parameters", "ema_scan", (60,)),
    ("gated_fusion 256", "fusion", "gated_fusion", (60,)),
    ("causal_attention 256, 4 heads", "attention", "causal_attention", (60, 512, 4096)),
]

# Edifice's defaults; only the channels of input and output have a meaning for a module like these.
OPTIONS = ("conv_size = 4 : i64, dropout = 0.0 : f64, embed_dim = {inputs} : i64, expand_factor = 2 : i64, "
           'head_dim = 64 : i64, hidden_size = {outputs} : i64, layer_norm = "axon-0.8.1", num_heads = 4 : i64, '
           "num_layers = 1 : i64, state_size = 16 : i64, window_size = 60 : i64")


def write_weight(name, sizes, seed):
    """The line that declares a weight and the one that holds its values, about as large as trained ones."""
    count = 1
    for size in sizes:
        count *= size
    source = random.Random(seed)
    data = struct.pack(f"<I{count}f", 64, *(source.uniform(-0.1, 0.1) for _ in range(count)))
    tensor = f"tensor<{'x'.join(map(str, sizes))}xf32>"
    return f"  sst.weight @{name} : {tensor} = dense_resource<{name}> : {tensor}", f'{name}: "0x{data.hex().upper()}"'


def expand(body):
    """Spells out the short forms of a body; returns it with a line for each weight, and the weights' sizes."""
    weights, lines, result = {}, [], ""
    body = body.replace("{{", "\0").replace("}}", "\1")
    while "{" in body:
        before, rest = body.split("{", 1)
        short, body = rest.split("}", 1)
        if short.startswith("w:"):
            name, sizes = short[2:].split()
            weights[name] = [int(size) for size in sizes.split("x")]
            value = f"%w{len(weights)}"
            lines.append(f"    {value} = sst.get_weight @{name} : tensor<{sizes}xf32>")
        else:
            value = f"tensor<{'?x?x' if short[0] == 'r' else ''}{short[1:]}xf32>"
        result += before + value
    return "\n".join(lines) + (result + body).replace("\0", "{").replace("\1", "}"), weights


def module_text(name, inputs, outputs, body):
    """The module as text. `window` is `sequence` and the last row of it."""
    code, weights = expand(body)
    declarations, values = zip(*(write_weight(weight, sizes, f"{name}.{weight}") for weight, sizes in weights.items()))
    rows = f"tensor<?x?x{outputs}xf32>"
    last = f"tensor<?x1x{outputs}xf32>"
    head = OPTIONS.format(inputs=inputs, outputs=outputs)
    return f"""module attributes {{sst.name = "{name}", sst.options = {{{head}}}, sst.stage = "fuse",
    sst.weights_digest = "{'0' * 64}"}} {{
{chr(10).join(declarations)}
  func.func @window(%x: tensor<?x?x{inputs}xf32>) -> {last} {{
{code}
    %last = sst.last_row %y : {rows} -> {last}
    return %last : {last}
  }}
  func.func @sequence(%x: tensor<?x?x{inputs}xf32>) -> {rows} {{
{code}
    return %y : {rows}
  }}
}}

{{-#
  dialect_resources: {{
    builtin: {{
      {(',' + chr(10) + '      ').join(values)}
    }}
  }}
#-}}
"""
