"""Malformed inputs of malformed.py that are no single safetensors file with Edifice's names: other kinds of files,
checkpoints in shards, prefixes and what else a file holds.
"""

import json
import struct

from malformed_model import MODEL, Case, make_model, metadata, model_case, pack


def kind_cases():
    """Files that their first bytes tell apart."""
    rest = bytes(range(1, 256)) * 2
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 448443312\n"
    floats = struct.pack("<9f", *([0.5, -2.25, 3] * 3))
    kinds = {"git-lfs": (pointer, "git lfs pull"),
             "pytorch": (b"PK\3\4" + bytes(26) + b"archive/data.pkl" + rest, "PyTorch"),
             "npz": (b"PK\3\4" + bytes(26) + b"a.npy" + rest, "NumPy"), "pickle": (b"\x80\x02}q" + rest, "pickle"),
             "gguf": (b"GGUF\3\0\0\0" + rest, "GGUF"), "hdf5": (b"\x89HDF\r\n\x1a\n" + rest, "HDF5"),
             "npy": (b"\x93NUMPY\1\0v\0" + rest, "numpy"), "gzip": (b"\x1f\x8b\x08" + bytes(6) + rest, "gzip"),
             "zstd": (b"\x28\xb5\x2f\xfd" + rest, "zstd"), "tar": (b"a" + bytes(256) + b"ustar\0" + rest, "tar"),
             "html": (b"<!DOCTYPE html>\n<html>404</html>\n", "HTML"), "elf": (b"\x7fELF\2\1\1" + rest, "ELF"),
             "onnx": (b"\x08\x08\x12\x07pytorch" + rest, "ONNX"), "mlir-text": (b"module {\n}\n", ".mlir"),
             "nx": (bytes(5) + b"\203h\3" + rest, "Nx.deserialize"), "erlang": (b"\203t" + rest, "Nx.deserialize"),
             "utf-16": (b"\xff\xfe{\0" + rest, "UTF-16"), "floats": (floats, "floats"),
             "json": (b'{"num_heads": 4}', "weight_map"),
             "index-bom": (b'\xef\xbb\xbf{"weight_map": {}}', "byte order")}
    for name, (content, culprit) in kinds.items():
        yield model_case("kind-" + name, content, culprit)


# ---- checkpoints of several files ----------------------------------------------------------------------------------

INDEX = "m.safetensors.index.json"
FIRST, SECOND = "m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors"


def checkpoint(change=None):
    """Two shards and their index; `change` gets the tensors of both, the map and the other members of the index."""
    shards, weight_map = ({}, {}), {}
    for name, tensor in make_model().items():
        second = name.startswith("sst_block_2_")
        shards[second][name] = tensor
        weight_map[name] = SECOND if second else FIRST
    index = {"metadata": {"total_size": sum(len(t[2]) for shard in shards for t in shard.values())},
             "weight_map": weight_map}
    if change:
        change(shards, weight_map, index)
    entries = metadata(num_layers=None)
    return {FIRST: pack(shards[0], entries), SECOND: pack(shards[1], entries), INDEX: json.dumps(index).encode()}


def checkpoint_cases():
    q, norm = "sst_block_2_attn_q.kernel", "final_norm.beta"
    def case(name, culprits, change=None, inputs=INDEX, code=1, drop=(), **files):
        content = {path: data for path, data in checkpoint(change).items() if path not in drop}
        return Case(name, dict(content, **files), culprits, code, [inputs])
    def place(shard):
        return lambda shards, weight_map, index: weight_map.update({q: shard})
    def size(value):
        return lambda shards, weight_map, index: index.update(metadata={"total_size": value})
    yield case("control-index", [], code=0)
    yield case("control-directory", [], inputs=".", code=0)
    yield case("control-total-size-float", [], lambda s, m, i: i["metadata"].update(total_size=float(
        i["metadata"]["total_size"])), code=0)
    yield case("shard-alone", [FIRST, "shard 1 of 2", INDEX], inputs=FIRST)
    yield case("shard-without-index", [FIRST, "shard 1 of 2", INDEX], inputs=FIRST, drop=(INDEX, SECOND))
    yield Case("part-by-another-name", {"a.safetensors": checkpoint()[FIRST], INDEX: json.dumps({"weight_map": {
        norm: "a.safetensors", q: "b.safetensors"}}).encode()}, ["a.safetensors", INDEX], args=["a.safetensors"])
    for name in ("m-00001-of-00002.fp16.safetensors", "m-00001-of-00002.st", "m-00001-of-00002",
                 "m-00001-of-00002 (1).safetensors", FIRST + ".bak"):
        yield Case("part-named-" + name[16:].strip(". "), {name: checkpoint()[FIRST]}, "shard 1 of 2", args=[name])
    listing = json.dumps({"weight_map": {norm: "a.safetensors", q: "b.safetensors"}}).encode()
    below = json.dumps({"weight_map": {norm: "s/a.safetensors", q: "s/b.safetensors"}}).encode()
    for what, index, text, part in [("mark", INDEX, b"\xef\xbb\xbf" + listing, "a.safetensors"),
                                    ("cut", INDEX, listing[:-4], "a.safetensors"),
                                    ("other-name", "weights.index.json", listing, "a.safetensors"),
                                    ("above", INDEX, below, "s/a.safetensors")]:
        yield Case("part-of-index-" + what, {part: checkpoint()[FIRST], index: text}, ["a part of", index], args=[part])
    yield case("index-control-in-path", [q, "x1b"], place("\x1b[2J"))
    yield case("index-c1-in-path", [q, "x9b"], place("\u009b2J"))
    yield case("index-shard-missing", SECOND, drop=(SECOND,))
    yield case("index-shard-is-lfs", [SECOND, "git lfs pull"],
               **{SECOND: b"version https://git-lfs.github.com/spec/v1\n"})
    yield case("index-misplaces-a-tensor", [q, FIRST, SECOND], place(FIRST))
    yield case("index-lacks-a-tensor", [q, SECOND], lambda s, m, i: m.pop(q) and None)
    yield case("index-has-another-tensor", ["'more'", FIRST], lambda s, m, i: m.update(more=FIRST))
    yield case("index-tensor-twice", [norm, FIRST, SECOND], lambda s, m, i: s[1].update({norm: s[0][norm]}))
    yield case("index-absolute-path", [q, "/etc/passwd"], place("/etc/passwd"))
    yield case("index-parent-path", [q, "../" + SECOND], place("../" + SECOND))
    yield case("index-nul-in-path", [q, "x00"], place(SECOND + "\0"))
    yield case("index-empty-path", q, place(""))
    yield case("index-number-for-a-path", [q, "number"], place(2))
    yield case("index-of-one-shard", [FIRST, "2 shards"], lambda s, m, i: i.update(weight_map={
        name: shard for name, shard in m.items() if shard == FIRST}))
    yield case("index-total-size", "bytes", size(4))
    yield case("index-total-size-text", "bytes", size("many"))
    yield case("index-map-is-array", "weight_map", lambda s, m, i: i.update(weight_map=[]))
    yield case("index-map-is-empty", "weight_map", lambda s, m, i: i.update(weight_map={}))
    yield case("index-nested", "nested", **{INDEX: b'{"weight_map":' * 100000})
    yield case("index-cut", INDEX, **{INDEX: b'{"weight_map": {"a"'})
    yield case("directory-without-index", ["index"], inputs=".", drop=(INDEX,))
    yield case("directory-with-two", ["several", "'m.safetensors'"], inputs=".", **{"m.safetensors": pack()})
    yield Case("directory-with-two-files", {"a.safetensors": pack(), "b.safetensors": pack()},
               ["'a.safetensors'", "'b.safetensors'"], args=["."])
    yield Case("directory-empty", {}, ".safetensors", args=["."])
    yield Case("standard-input", {}, "standard input", code=2, args=["-"])


# ---- names ---------------------------------------------------------------------------------------------------------

def prefixed(prefix, start=""):
    return {(prefix if name.startswith(start) else "") + name: tensor for name, tensor in make_model().items()}


def name_cases():
    def named(case, tensors, culprits, code=1, args=()):
        return Case(case, {MODEL: pack(tensors)}, culprits, code, args)
    both = dict(prefixed("model."), **prefixed("ema."))
    state = dict(make_model(), **{"optimizer.step": ["I64", [1], bytes(8)]})
    later = {name: tensor for name, tensor in make_model().items() if not name.startswith("sst_block_1_")}
    for prefix in ("backbone.", "model.", "data.", "params.", "module.", "_orig_mod.", "module._orig_mod.model."):
        yield named("control-prefix-" + prefix.rstrip("."), prefixed(prefix), [], code=0)
    yield named("control-choose-a-prefix", both, [], 0, ["--tensor-prefix=ema."])
    yield named("control-ignore", state, [], 0, ["--ignore=optimizer.*"])
    yield named("prefix-twice", both, ["'ema.'", "'model.'", "--tensor-prefix=model."])
    yield named("prefix-of-some", prefixed("backbone.", "sst_"), ["'backbone.'", "final_norm.beta"])
    yield named("prefix-of-none", make_model(), ["--tensor-prefix", "'model.'", "final_norm.beta"], 2,
                ["--tensor-prefix=model."])
    yield named("ignore-nothing", make_model(), ["--ignore", "'adam.*'"], 2, ["--ignore=adam.*"])
    yield named("ignore-bad-glob", make_model(), ["--ignore", "'['"], 2, ["--ignore=["])
    yield named("ignore-a-block", make_model(), "sst_block_2_attn_q.kernel", 1,
                ["--ignore=sst_block_2_*", "--num-layers=1"])
    yield named("state-in-the-file", state, ["'optimizer.step'", "--ignore=optimizer.step"])
    yield named("blocks-from-2-on", later, ["num_layers", "block 1 is missing"])
    yield named("no-block", {name: t for name, t in make_model().items() if not name.startswith("sst_block_")},
                ["num_layers", "no block", "block 1 is missing"])
    yield named("names-of-another-model", {"model.layers.0.mlp.weight": ["F32", [1], bytes(4)]},
                "'model.layers.0.mlp.weight'")
