"""The weights of a model: reads them, makes them up. Needs numpy.

usage: weights.py OUTPUT.safetensors --embed-dim=256 ...   writes random weights; every option of `Options` has a flag
"""

import argparse
import json
import struct

import numpy as np

DEFAULTS = dict(
    embed_dim=256, hidden_size=256, state_size=16, num_layers=6, num_heads=4, head_dim=64, expand_factor=2, conv_size=4
)


def load(path):
    """The F32 tensors of a safetensors file, name to array, and its metadata."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    metadata = header.pop("__metadata__", {})
    body = np.memmap(path, np.uint8, "r", offset=8 + length)
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            tensors[name] = np.array(body[begin:end]).view(np.float32).reshape(entry["shape"])
    return tensors, metadata


def save(path, tensors, metadata):
    header, offset = {"__metadata__": {key: str(value) for key, value in metadata.items()}}, 0
    for name, values in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for values in tensors.values():
            file.write(values.tobytes())


def sizes(tensors, metadata):
    """The sizes of a model, from its weights and metadata."""
    first = "sst_block_1_"
    layers = 0
    while f"sst_block_{layers + 1}_norm.gamma" in tensors:
        layers += 1
    hidden = len(tensors[first + "norm.gamma"])
    projection = tensors.get("input_projection.kernel")
    return dict(
        layers=layers,
        hidden=hidden,
        embed=hidden if projection is None else len(projection),
        inner=len(tensors[first + "ssm_out_proj.kernel"]),
        state=tensors[first + "ssm_b_proj.kernel"].shape[1],
        attention=tensors[first + "attn_q.kernel"].shape[1],
        taps=len(tensors[first + "ssm_conv.kernel"]),
        head_dim=int(metadata.get("head_dim", 64)),
    )


def make(options, seed=1):
    """Random weights of the size that training starts with, under Edifice's names."""
    random = np.random.default_rng(seed)
    hidden, inner = options["hidden_size"], options["hidden_size"] * options["expand_factor"]
    attention, state = options["num_heads"] * options["head_dim"], options["state_size"]
    tensors = {}

    def dense(name, inputs, outputs):
        limit = np.float32((6 / (inputs + outputs)) ** 0.5)
        tensors[name + ".kernel"] = (random.random((inputs, outputs), np.float32) * 2 - 1) * limit
        tensors[name + ".bias"] = random.standard_normal(outputs, np.float32) * np.float32(0.02)

    def norm(name):
        tensors[name + ".gamma"] = 1 + random.standard_normal(hidden, np.float32) * np.float32(0.05)
        tensors[name + ".beta"] = random.standard_normal(hidden, np.float32) * np.float32(0.02)

    if options["embed_dim"] != hidden:
        dense("input_projection", options["embed_dim"], hidden)
    for layer in range(1, options["num_layers"] + 1):
        block = f"sst_block_{layer}_"
        norm(block + "norm")
        dense(block + "ssm_in_proj", hidden, 2 * inner)
        taps = options["conv_size"]
        kernel = random.standard_normal((taps, 1, inner), np.float32)
        tensors[block + "ssm_conv.kernel"] = kernel / np.float32(taps**0.5)
        tensors[block + "ssm_conv.bias"] = random.standard_normal(inner, np.float32) * np.float32(0.02)
        dense(block + "ssm_b_proj", inner, state)
        dense(block + "ssm_c_proj", inner, state)
        dense(block + "ssm_dt_proj", inner, inner)
        dense(block + "ssm_out_proj", inner, hidden)
        for name in ("attn_q", "attn_k", "attn_v"):
            dense(block + name, hidden, attention)
        dense(block + "attn_out_proj", attention, hidden)
        dense(block + "gate_proj", hidden, hidden)
        norm(block + "ffn_norm")
        dense(block + "ffn_up", hidden, 4 * hidden)
        dense(block + "ffn_down", 4 * hidden, hidden)
    norm("final_norm")
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output")
    for name, value in DEFAULTS.items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=value)
    options = vars(parser.parse_args())
    output = options.pop("output")
    # The peers know only this one (it differs from that of Axon 0.8.0 where a row hardly varies).
    save(output, make(options), dict(options, layer_norm="axon-0.8.1"))


if __name__ == "__main__":
    main()
