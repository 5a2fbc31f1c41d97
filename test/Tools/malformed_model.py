"""What the cases of malformed.py are made of: a case, and a well-formed model to damage."""

import json
import struct

MODEL = "model.safetensors"
OPTIONS = {"embed_dim": 3, "hidden_size": 4, "state_size": 5, "num_layers": 2, "num_heads": 3, "head_dim": 2,
           "expand_factor": 2, "conv_size": 6, "dropout": 0.1, "window_size": 7}
SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U32": 4, "U8": 1, "BOOL": 1}


# ---- cases ---------------------------------------------------------------------------------------------------------

class Case:
    """An input and how it must be refused (code 0: accepted)."""

    def __init__(self, name, files, culprits, code=1, args=(), output="out.o", prepare=None, limit_output=False):
        self.name = name
        self.files = files  # path in the case's folder -> bytes
        self.culprits = [culprits] if isinstance(culprits, str) else list(culprits)
        self.code = code
        self.args = list(args)  # besides the input and the output
        self.output = output  # None: no -o
        self.prepare = prepare  # called with the folder; returns a reason to skip, or None
        self.limit_output = limit_output  # no file can grow beyond 1000 bytes

    def command(self, tool):
        command = [tool] + self.args
        if MODEL in self.files:
            command.append(MODEL)
        return command + (["-o", self.output] if self.output is not None else [])


# ---- a well-formed model -------------------------------------------------------------------------------------------

def block_shapes(options):
    d, n, k = options["hidden_size"], options["state_size"], options["conv_size"]
    i, a = d * options["expand_factor"], options["num_heads"] * options["head_dim"]
    dense = {"ssm_in_proj": (d, 2 * i), "ssm_b_proj": (i, n), "ssm_c_proj": (i, n), "ssm_dt_proj": (i, i),
             "ssm_out_proj": (i, d), "attn_q": (d, a), "attn_k": (d, a), "attn_v": (d, a), "attn_out_proj": (a, d),
             "gate_proj": (d, d), "ffn_up": (d, 4 * d), "ffn_down": (4 * d, d)}
    shapes = {"ssm_conv.kernel": [k, 1, i], "ssm_conv.bias": [i]}
    for layer, (inputs, outputs) in dense.items():
        shapes[layer + ".kernel"] = [inputs, outputs]
        shapes[layer + ".bias"] = [outputs]
    for layer in ("norm", "ffn_norm"):
        shapes[layer + ".gamma"] = shapes[layer + ".beta"] = [d]
    return shapes


def count(shape):
    product = 1
    for size in shape:
        product *= size
    return product


def make_model(changes=None):
    """Tensors of a valid model: name -> [dtype, shape, bytes]."""
    options = dict(OPTIONS, **(changes or {}))
    d = options["hidden_size"]
    shapes = {"input_projection.kernel": [options["embed_dim"], d], "input_projection.bias": [d],
              "final_norm.gamma": [d], "final_norm.beta": [d]}
    for block in range(1, options["num_layers"] + 1):
        for name, shape in block_shapes(options).items():
            shapes["sst_block_%d_%s" % (block, name)] = shape
    tensors = {}
    for number, (name, shape) in enumerate(sorted(shapes.items())):
        values = [((number * 37 + i * 101) % 201 - 100) / 256.0 for i in range(count(shape))]
        tensors[name] = ["F32", shape, struct.pack("<%df" % len(values), *values)]
    return tensors


def metadata(**changes):
    entries = {key: str(value) for key, value in OPTIONS.items()}
    entries["axon_version"] = "0.8.1"
    entries.update(changes)
    return {key: value for key, value in entries.items() if value is not None}


def header_of(tensors, entries):
    """The header as a dictionary, and the data."""
    header, data = {}, b""
    if entries is not None:
        header["__metadata__"] = entries
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    return header, data


def frame(text, data):
    if isinstance(text, str):
        text = text.encode()
    return struct.pack("<Q", len(text)) + text + data


def pack(tensors=None, entries="all"):
    """A safetensors file."""
    header, data = header_of(make_model() if tensors is None else tensors, metadata() if entries == "all" else entries)
    return frame(json.dumps(header), data)


def change_header(change):
    """A file whose header `change` has modified in place, or returned."""
    header, data = header_of(make_model(), metadata())
    header = change(header) or header
    return frame(json.dumps(header), data)


def change_tensors(change):
    tensors = make_model()
    change(tensors)
    return pack(tensors)


def change_text(old, new):
    """A file in whose header text the first `old` is `new`."""
    header, data = header_of(make_model(), metadata())
    text = json.dumps(header)
    if old not in text:
        raise ValueError("the header has no " + old)
    return frame(text.replace(old, new, 1), data)


def model_case(name, content, culprits, code=1, args=()):
    return Case(name, {MODEL: content}, [MODEL] + ([culprits] if isinstance(culprits, str) else list(culprits)), code,
                args)
