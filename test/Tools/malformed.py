#!/usr/bin/env python3
"""Malformed inputs for sst-compile, and a driver that checks how each is refused.

    malformed.py list                     names of all cases
    malformed.py write FOLDER             writes every case into its own folder
    malformed.py run SST_COMPILE [CASE..] runs the compiler on all cases, or on those named

A malformed input must give the case's exit code, one report on stderr in which every line is
`sst-compile: error: <file>: <what>` (and a count if there are several) and that names the culprit, nothing on stdout,
and no new or changed file. Controls, well-formed inputs, must compile: they show that the others fail for their flaw.
"""

import json
import os
import resource
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile

from malformed_checkpoints import checkpoint_cases, kind_cases, name_cases
from malformed_model import (MODEL, OPTIONS, Case, change_header, change_tensors, change_text, count, frame, header_of,
                             make_model, metadata, model_case, pack)

TIMEOUT = {False: 60, True: 300}  # seconds to refuse an input, and to compile a control


# ---- the file around the header ------------------------------------------------------------------------------------

def framing_cases():
    good = pack()
    header_size = struct.unpack("<Q", good[:8])[0]
    rest = good[8:]
    yield Case("control-model", {MODEL: good}, [], code=0)
    yield model_case("empty-file", b"", "is empty")
    yield model_case("three-bytes", good[:3], "header length")
    yield model_case("length-only", good[:8], "header of %d bytes" % header_size)
    yield model_case("cut-in-header", good[:8 + header_size // 2], "header of %d bytes" % header_size)
    yield model_case("cut-after-header", good[:8 + header_size], "data")
    yield model_case("cut-one-byte", good[:-1], "data")
    yield model_case("one-byte-more", good + b"\0", "1 bytes")
    yield model_case("header-length-zero", struct.pack("<Q", 0) + rest, "'{'")
    yield model_case("header-length-one-less", struct.pack("<Q", header_size - 1) + rest, "header")
    yield model_case("header-length-one-more", struct.pack("<Q", header_size + 1) + rest, "header")
    yield model_case("header-length-all-ones", struct.pack("<Q", 2 ** 64 - 1) + rest, "18446744073709551615")
    yield model_case("header-length-wraps", struct.pack("<Q", 2 ** 64 - 8) + rest, "header")
    yield model_case("header-length-sign", struct.pack("<Q", 2 ** 63) + rest, "header")
    yield model_case("header-length-100-mb", struct.pack("<Q", 10 ** 8) + rest, "100000000 bytes")
    yield model_case("big-endian-length", struct.pack(">Q", header_size) + rest, "header")
    yield model_case("text-file", b"these are not the weights you are looking for\n" * 9, "safetensors")
    yield model_case("zip-file", b"PK\x03\x04" + bytes(500), "safetensors")
    yield model_case("zeros", bytes(4096), "safetensors")
    yield from kind_cases()


# ---- the header ----------------------------------------------------------------------------------------------------

def syntax_cases():
    header, data = header_of(make_model(), metadata())
    text = json.dumps(header)
    yield model_case("header-empty-object", frame("{}", b""), "sst_block_1_attn_q.kernel")
    yield model_case("header-is-array", frame("[" + text + "]", data), "'{'")
    yield model_case("header-not-json", frame("{not json}", data), "header:1:2")
    yield model_case("header-bom", frame("\ufeff" + text, data), "'{'")
    yield model_case("header-not-utf8", frame(text.encode().replace(b"axon", b"ax\xff", 1) if "axon" in text
                                              else text.encode().replace(b"norm", b"n\xffrm", 1), data), "UTF-8")
    yield model_case("header-trailing-comma", frame(text[:-1] + ",}", data), "header:1:")
    yield model_case("header-comment", frame("{/* hello */" + text[1:], data), "header:1:2")
    yield model_case("header-two-objects", frame(text + text, data), "header")
    yield model_case("header-padded-with-tabs", frame(text + "\t\t", data), "spaces")
    yield model_case("header-nul-at-end", frame(text + "\0", data), "header")
    yield model_case("header-nested-100000", frame('{"a":' + "[" * 100000, b""), "nested")
    yield model_case("header-duplicate-tensor", frame('{"final_norm.gamma":{"dtype":"F32","shape":[4],'
                                                      '"data_offsets":[0,16]},' + text[1:], data), "final_norm.gamma")
    yield model_case("header-duplicate-metadata", change_text('"num_heads": "3"', '"num_heads":"3","num_heads": "3"'),
                     "num_heads")
    yield model_case("header-lone-surrogate", change_text("final_norm.beta", "final\\ud800"), "surrogate")
    yield model_case("header-nul-in-name", change_text("final_norm.beta", "final\\u0000"), "NUL")


def set_member(tensor, member, value):
    def change(header):
        if value is None:
            del header[tensor][member]
        else:
            header[tensor][member] = value
    return change_header(change)


def entry_cases():
    name = "final_norm.beta"
    begin, end = header_of(make_model(), None)[0][name]["data_offsets"]
    def member(case, key, value, *culprits):
        return model_case(case, set_member(name, key, value), [name] + list(culprits))
    yield member("dtype-missing", "dtype", None, "dtype")
    yield member("dtype-unknown", "dtype", "F33", "F33")
    yield member("dtype-number", "dtype", 32, "dtype")
    yield member("dtype-lower-case", "dtype", "f32", "f32")
    yield member("shape-missing", "shape", None, "shape")
    yield member("shape-is-number", "shape", 4, "shape")
    yield member("shape-negative", "shape", [-4], "-4")
    yield member("shape-fraction", "shape", [4.5], "4.5")
    yield member("shape-wraps-to-4", "shape", [2 ** 62 + 1, 4], "overflows")
    yield member("shape-wraps-to-0", "shape", [2 ** 32, 2 ** 32], "overflows")
    yield member("shape-bytes-wrap", "shape", [2 ** 62], "overflows")
    yield member("shape-beyond-64-bits", "shape", [2 ** 64], "shape[0]")
    yield member("shape-rank-9", "shape", [1] * 8 + [4], "dimensions")
    yield member("offsets-missing", "data_offsets", None, "data_offsets")
    yield member("offsets-three", "data_offsets", [begin, end, end], "data_offsets")
    yield member("offsets-reversed", "data_offsets", [end, begin], "data_offsets")
    yield member("offsets-negative", "data_offsets", [-16, 0], "-16")
    yield member("offsets-beyond-file", "data_offsets", [begin, 10 ** 9], "1000000000")
    yield member("offsets-2-to-the-63", "data_offsets", [2 ** 63, 2 ** 63 + 16], "9223372036854775824")
    yield member("offsets-size-mismatch", "data_offsets", [begin, end - 4], "bytes")
    yield member("offsets-overlap", "data_offsets", [begin + 4, end + 4], "overlap")
    yield member("member-unknown", "stride", [1], "stride")
    yield model_case("entry-is-array", change_header(lambda h: h.update({name: [1]})), [name, "object"])
    yield model_case("entry-is-null", change_header(lambda h: h.update({name: None})), [name, "object"])
    yield model_case("hole-in-data", hole_in_data(), "belong to no tensor")


def hole_in_data():
    header, data = header_of(make_model(), metadata())
    for name, entry in header.items():
        if name != "__metadata__":
            entry["data_offsets"] = [offset + 64 for offset in entry["data_offsets"]]
    return frame(json.dumps(header), bytes(64) + data)


# ---- tensors -------------------------------------------------------------------------------------------------------

def convert(tensor, dtype, code):
    values = struct.unpack("<%df" % count(tensor[1]), tensor[2])
    tensor[0], tensor[2] = dtype, struct.pack("<%d%s" % (len(values), code), *[type_of(code)(v) for v in values])


def type_of(code):
    return float if code in "efd" else int


def set_values(name, dtype, code, values):
    def change(tensors):
        tensors[name] = [dtype, tensors[name][1], struct.pack("<%d%s" % (len(values), code), *values)]
    return change_tensors(change)


def reshape(name, shape):
    return change_tensors(lambda t: t.update({name: ["F32", shape, bytes(4 * count(shape))]}))


def drop(*names):
    return change_tensors(lambda t: [t.pop(name) for name in names])


def rename(old, new):
    return change_tensors(lambda t: t.update({new: t.pop(old)}))


def tensor_cases():
    def halves(tensors):
        for tensor in tensors.values():
            convert(tensor, "F16", "e")
        tensors["sst_dropout_1.key"] = ["U32", [2], bytes(8)]
        tensors["input.state_sequence"] = ["F32", [1], bytes(4)]
    nan, infinity = float("nan"), float("inf")
    q, norm = "sst_block_2_attn_q.kernel", "final_norm.gamma"
    yield Case("control-halves", {MODEL: change_tensors(halves)}, [], code=0)
    yield model_case("missing-tensor", drop(q), [q, "missing", "[4, 6]"])
    yield model_case("missing-first-norm", drop("sst_block_1_norm.gamma"), ["sst_block_1_norm.gamma", "[4]"])
    yield model_case("missing-three", drop(q, norm, "final_norm.beta"), [q, norm, "final_norm.beta", "3 problems"])
    yield model_case("missing-projection-bias", drop("input_projection.bias"), "input_projection.bias")
    yield model_case("missing-all", pack({}), "sst_block_1_attn_q.kernel")
    yield model_case("unknown-tensor", change_tensors(lambda t: t.update(extra=["F32", [1], bytes(4)])), "'extra'")
    yield model_case("misspelt-tensor", rename(norm, "final_norm.gama"), [norm, "'final_norm.gama'", "did you mean"])
    yield model_case("empty-name", rename(norm, ""), [norm, "''"])
    yield model_case("name-of-another-framework", rename(q, "blocks.1.attn.q_proj.weight"), [q, "blocks.1"])
    yield model_case("control-characters-in-name", rename(norm, "\x1b[31m\nfake: error: line"), [norm, "\\x1b"])
    yield model_case("transposed", reshape(q, [6, 4]), [q, "[4, 6]", "[6, 4]"])
    yield model_case("convolution-without-1", reshape("sst_block_1_ssm_conv.bias", [8, 1]),
                     ["sst_block_1_ssm_conv.bias", "[8, 1]"])
    yield model_case("scalar-norm", reshape(norm, []), [norm, "[]"])
    yield model_case("empty-norm", reshape(norm, [0]), [norm, "[0]"])
    yield model_case("block-3-without-2", rename_block("2", "3"), ["num_layers", "1, 3"])
    yield model_case("block-0", rename_block("2", "0"), ["num_layers", "0, 1"])
    yield model_case("block-huge", rename_block("2", "99999999999999999999"), "num_layers")
    yield model_case("integer-weights", set_values(norm, "I32", "i", [1, 2, 3, 4]), [norm, "I32"])
    yield model_case("boolean-weights", set_values(norm, "BOOL", "B", [1, 1, 0, 1]), [norm, "BOOL"])
    yield model_case("nan-weight", set_values(norm, "F32", "f", [1, nan, 1, nan]),
                     [norm, "2 values that are NaN", "[1]"])
    yield model_case("infinite-weight", set_values(norm, "F32", "f", [1, 1, -infinity, 1]), [norm, "infinite", "[2]"])
    yield model_case("infinite-half", set_values(norm, "F16", "H", [0, 0, 0, 0x7c00]), [norm, "infinite", "[3]"])
    yield model_case("nan-bfloat", set_values(norm, "BF16", "H", [0x7fc0, 0, 0, 0]), [norm, "NaN", "[0]"])
    yield model_case("double-too-large", set_values(norm, "F64", "d", [1, 1e39, 1, 1]), [norm, "too large", "[1]"])


def rename_block(old, new):
    def change(tensors):
        for name in [n for n in tensors if n.startswith("sst_block_%s_" % old)]:
            tensors["sst_block_%s_%s" % (new, name.split("_", 3)[3])] = tensors.pop(name)
    return change_tensors(change)


# ---- options -------------------------------------------------------------------------------------------------------

def metadata_cases():
    def with_metadata(case, culprits, **changes):
        return model_case(case, pack(entries=metadata(**changes)), culprits)
    odd = metadata(format="pt", seq_len="0", batch="-1")
    yield Case("control-odd-metadata", {MODEL: pack(entries=odd)}, [], code=0)
    yield with_metadata("metadata-zero-layers", ["metadata 'num_layers'", "'0'"], num_layers="0")
    yield with_metadata("metadata-negative-heads", ["metadata 'num_heads'", "'-3'"], num_heads="-3")
    yield with_metadata("metadata-fraction", ["metadata 'head_dim'", "'2.0'"], head_dim="2.0")
    yield with_metadata("metadata-nil", ["metadata 'conv_size'", "'nil'"], conv_size="nil")
    yield with_metadata("metadata-empty", ["metadata 'embed_dim'", "''"], embed_dim="")
    yield with_metadata("metadata-huge", ["metadata 'window_size'", "99999"], window_size="9" * 400)
    yield with_metadata("metadata-dropout-1", ["metadata 'dropout'", "'1.0'"], dropout="1.0")
    yield with_metadata("metadata-wrong-heads", ["num_heads", "[4, 8]", "[4, 6]"], num_heads="4")
    yield with_metadata("metadata-wrong-hidden", ["hidden_size", "[8]", "[4]"], hidden_size="8")
    yield with_metadata("metadata-wrong-embed", ["embed_dim", "[5, 4]", "[3, 4]"], embed_dim="5")
    yield with_metadata("metadata-heads-missing", ["num_heads", "head_dim", "--num-heads"], num_heads=None,
                        head_dim=None)
    yield model_case("metadata-not-strings", change_header(lambda h: h["__metadata__"].update(num_heads=3)),
                     "num_heads")
    yield model_case("metadata-is-array", change_header(lambda h: h.update(__metadata__=[])), "__metadata__")
    yield with_metadata("metadata-no-layer-norm", ["layer_norm", "--layer-norm=axon-0.8.0"], axon_version=None)
    yield with_metadata("metadata-axon-requirement", ["axon_version", "'~> 0.8'"], axon_version="~> 0.8")
    yield with_metadata("metadata-two-layer-norms", ["layer_norm", "axon_version"], layer_norm="axon-0.8.0")
    yield Case("control-axon-version", {MODEL: pack(entries=metadata(axon_version=" v0.8.0-dev"))}, [], code=0)
    yield model_case("metadata-none", pack(entries=None), ["num_heads", "head_dim", "layer_norm", "3 problems"])


def json_case(name, text, culprits, code=1):
    entries = {"axon_version": "0.8.1"}
    content = text if isinstance(text, bytes) else text.encode()
    culprits = [culprits] if isinstance(culprits, str) else list(culprits)
    return Case(name, {MODEL: pack(entries=entries), "options.json": content},
                [] if code == 0 else ["options.json"] + culprits, code, ["--options=options.json"])


def json_cases():
    heads = '"num_heads": 3, "head_dim": 2'
    yield json_case("control-json", "{%s, \"batch\": 1, \"axon_version\": \"0.8.0\"}" % heads, [], code=0)
    yield json_case("json-empty", "", "end of the text")
    yield json_case("json-array", "[]", "array")
    yield json_case("json-string", '"num_heads=3"', "string")
    yield json_case("json-cut", "{%s" % heads, "options.json:1:")
    yield json_case("json-junk-behind", "{%s} x" % heads, "options.json:1:")
    yield json_case("json-nested-100000", '{"spikes": ' + "[" * 100000 + "]" * 100000 + "}", "nested")
    yield json_case("json-objects-100000", '{"a":' * 100000, "nested")
    yield json_case("json-duplicate-key", '{%s, "num_heads": 4}' % heads, "num_heads")
    yield json_case("json-unknown-key", '{%s, "num_layer": 2}' % heads, ["num_layer", "did you mean 'num_layers'"])
    yield json_case("json-null", '{"num_heads": null, "head_dim": 2}', ["num_heads", "null"])
    yield json_case("json-float", '{"num_heads": 3.0, "head_dim": 2}', ["num_heads", "3.0"])
    yield json_case("json-exponent", '{"num_heads": 3e0, "head_dim": 2}', ["num_heads", "3e0"])
    yield json_case("json-zero", '{%s, "state_size": 0}' % heads, ["state_size", "0"])
    yield json_case("json-overflow", '{%s, "state_size": 18446744073709551621}' % heads, "18446744073709551621")
    yield json_case("json-boolean", '{%s, "dropout": true}' % heads, ["dropout", "boolean"])
    yield json_case("json-layer-norm", '{%s, "layer_norm": "axon"}' % heads, ["layer_norm", "'axon'"])
    yield json_case("json-nan", '{%s, "dropout": NaN}' % heads, "options.json:1:")
    yield json_case("json-bom", b"\xef\xbb\xbf{}", "byte order mark of UTF-8")
    yield json_case("json-utf-16", "{}".encode("utf-16"), "byte order mark of UTF-16")
    yield json_case("json-axon-number", '{%s, "axon_version": 0.8}' % heads, "axon_version")
    yield json_case("json-not-utf8", b'{"note": "\xff"}', "UTF-8")
    yield json_case("json-binary", bytes(range(256)), "options.json:1:1")
    yield json_case("json-all-wrong", '{"num_heads": 0, "head_dim": "x", "conv_size": []}',
                    ["num_heads", "head_dim", "conv_size", "3 problems"])


def flag_cases():
    good = {MODEL: pack()}
    def flag(case, args, culprits, code=2, files=None):
        return Case(case, good if files is None else files, culprits, code, args if isinstance(args, list) else [args])
    yield Case("control-random", {}, [], code=0, args=["--random-weights=1", "--embed-dim=3", "--hidden-size=8",
                                                       "--num-layers=1", "--head-dim=2"])
    yield flag("flag-unknown", "--frobnicate", "--frobnicate")
    yield flag("flag-misspelt", "--num-head=3", "--num-head")
    yield flag("flag-zero", "--num-layers=0", ["--num-layers", "'0'"])
    yield flag("flag-negative", "--hidden-size=-4", ["--hidden-size", "'-4'"])
    yield flag("flag-empty", "--state-size=", "--state-size")
    yield flag("flag-fraction", "--conv-size=6.0", ["--conv-size", "'6.0'"])
    yield flag("flag-huge", "--embed-dim=99999999999999999999", "--embed-dim")
    yield flag("flag-dropout-nan", "--dropout=nan", "--dropout")
    yield flag("flag-layer-norm", "--layer-norm=0.8.0", "--layer-norm")
    yield flag("flag-name", "--name=a-b", ["--name", "'a-b'"])
    yield flag("flag-emit", "--emit=exe", "--emit")
    yield flag("flag-several", ["--num-heads=0", "--dropout=2", "--name=1"], ["--num-heads", "--dropout", "--name"])
    yield flag("flag-contradiction", "--expand-factor=3", [MODEL, "--expand-factor=3", "[12]", "[8]"], code=1)
    yield flag("flag-heads-contradict", ["--num-heads=4", "--head-dim=4"], ["--num-heads=4", "--head-dim=4"], code=1)
    yield flag("random-and-file", "--random-weights=1", "--random-weights")
    yield flag("random-without-embed-dim", "--random-weights=1", "--embed-dim", files={})
    yield flag("random-bad-seed", ["--random-weights=0x1", "--embed-dim=3"], ["--random-weights", "'0x1'"], files={})
    absurd = ["--random-weights=1", "--embed-dim=3", "--hidden-size=1048576"]
    yield flag("random-absurd", absurd, "hidden_size", files={})
    yield flag("no-input", [], "input", files={})
    second = "second.safetensors"
    yield flag("two-inputs", [second], [second, MODEL], files=dict(good, **{second: pack()}))


# ---- paths ---------------------------------------------------------------------------------------------------------

def make_directory(name):
    return lambda folder: os.mkdir(os.path.join(folder, name))


def make_unreadable(name):
    def prepare(folder):
        path = os.path.join(folder, name)
        os.chmod(path, 0)
        return "this user can read everything" if os.access(path, os.R_OK) else None
    return prepare


def make_read_only(folder):
    os.mkdir(os.path.join(folder, "locked"))
    os.chmod(os.path.join(folder, "locked"), stat.S_IRUSR | stat.S_IXUSR)
    return "this user can write everything" if os.access(os.path.join(folder, "locked"), os.W_OK) else None


def need_full_device(folder):
    return None if os.path.exists("/dev/full") else "there is no /dev/full"


def path_cases():
    good = {MODEL: pack()}
    fifo = lambda folder: os.mkfifo(os.path.join(folder, "pipe.safetensors"))
    loop = lambda folder: os.symlink("loop.safetensors", os.path.join(folder, "loop.safetensors"))
    yield Case("input-missing", {}, "none.safetensors", args=["none.safetensors"])
    yield Case("input-in-missing-folder", {}, "none/m.safetensors", args=["none/m.safetensors"])
    yield Case("input-directory", {}, "folder.safetensors", args=["folder.safetensors"],
               prepare=make_directory("folder.safetensors"))
    yield Case("input-unreadable", good, MODEL, prepare=make_unreadable(MODEL))
    yield Case("input-pipe", {}, "pipe.safetensors", args=["pipe.safetensors"], prepare=fifo)
    yield Case("input-link-loop", {}, "loop.safetensors", args=["loop.safetensors"], prepare=loop)
    yield Case("input-name-with-newline", {}, "a\\x0ab.safetensors", args=["a\nb.safetensors"])
    yield Case("input-long-name", {}, "x" * 200, args=["x" * 5000 + ".safetensors"])
    yield Case("options-missing", good, "none.json", args=["--options=none.json"])
    yield Case("options-directory", good, "folder", args=["--options=folder"], prepare=make_directory("folder"))
    yield Case("options-device", good, "/dev/zero", args=["--options=/dev/zero"])
    yield Case("output-missing-folder", good, "none/out.o", output="none/out.o")
    yield Case("output-directory", good, "folder", output="folder", prepare=make_directory("folder"))
    yield Case("output-read-only-folder", good, "locked", output="locked/out.o", prepare=make_read_only)
    yield Case("output-below-a-file", good, MODEL + "/out.o", output=MODEL + "/out.o")
    yield Case("output-too-large", good, "out.o", limit_output=True)
    yield Case("output-mlir-too-large", good, "out.mlir", output="out.mlir", args=["--emit=mlir"], limit_output=True)
    for emit in ("obj", "mlir"):
        yield Case("output-full-disk-" + emit, good, "/dev/full", output="/dev/full",
                   args=["--emit=" + emit] + (["--no-header"] if emit == "obj" else []), prepare=need_full_device)
    yield Case("module-junk", {"m.mlir": b"this is no module"}, "m.mlir", args=["m.mlir"])
    nested, cut = b"module attributes {a = " + b"[" * 100000, b"module {\n  func.func @window(%a: tensor<?x?x"
    yield Case("module-nested-100000", {"m.mlir": nested}, "m.mlir", args=["m.mlir"])
    yield Case("module-truncated", {"m.mlir": cut}, "m.mlir", args=["m.mlir"])


def all_cases():
    cases = []
    for group in (framing_cases, syntax_cases, entry_cases, tensor_cases, metadata_cases, json_cases, flag_cases,
                  checkpoint_cases, name_cases, path_cases):
        cases.extend(group())
    names = [case.name for case in cases]
    if len(set(names)) != len(names):
        raise ValueError("two cases have one name")
    return cases


# ---- the driver ----------------------------------------------------------------------------------------------------

def write_case(case, folder):
    """Writes the files; returns a reason to skip the case, or None."""
    os.makedirs(folder)
    for name, content in case.files.items():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    return case.prepare(folder) if case.prepare else None


def snapshot(folder):
    """Path, kind, size and time of everything in a folder."""
    entries = set()
    for root, folders, files in os.walk(folder):
        for name in folders + files:
            info = os.lstat(os.path.join(root, name))
            changed = info.st_mtime_ns if stat.S_ISREG(info.st_mode) else 0
            size = info.st_size if stat.S_ISREG(info.st_mode) else 0
            entries.add((os.path.relpath(os.path.join(root, name), folder), stat.S_IFMT(info.st_mode), size, changed))
    return entries


def limit_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


def check_report(lines, culprits):
    """What is wrong with the lines of stderr."""
    problems = []
    errors = [line for line in lines if line.startswith("sst-compile: error: ")]
    others = lines[len(errors):] if lines[:len(errors)] == errors else ["(lines in between)"]
    expected = ["sst-compile: %d problems" % len(errors)] if len(errors) > 1 else []
    if not errors:
        problems.append("no error is reported")
    if others != expected:
        problems.append("besides errors expects %r, but got %r" % (expected, others[:5]))
    if len(set(errors)) != len(errors):
        problems.append("an error is reported twice")
    for line in errors:
        if ": " not in line[len("sst-compile: error: "):]:
            problems.append("no file is named in %r" % line[:200])
    text = "\n".join(lines)
    problems.extend("the culprit %r is not named" % culprit for culprit in culprits if culprit not in text)
    return problems


def check_case(case, tool, folder):
    """What is wrong with how the tool takes a case, and what it printed."""
    before, devices = snapshot(folder), set(os.listdir("/dev"))
    limit = limit_files if case.limit_output else None
    timeout = TIMEOUT[case.code == 0 or case.limit_output]
    try:
        done = subprocess.run(case.command(tool), cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=timeout, preexec_fn=limit)
    except subprocess.TimeoutExpired:
        return ["still runs after %d s" % timeout], ""
    stderr = done.stderr.decode("utf-8", "replace")
    problems = []
    if done.returncode != case.code:
        problems.append("expects exit code %d, but got %d" % (case.code, done.returncode))
    if case.code == 0:
        if not os.path.exists(os.path.join(folder, case.output)):
            problems.append("there is no output file")
        return problems, stderr
    problems += check_report(stderr.splitlines(), case.culprits)
    if done.stdout:
        problems.append("stdout is not empty")
    left = snapshot(folder) ^ before
    if left:
        problems.append("new or changed files: %s" % ", ".join(sorted({entry[0] for entry in left})))
    if case.output and case.output.startswith("/dev/") and set(os.listdir("/dev")) != devices:
        problems.append("new files in /dev")
    return problems, stderr


def unlock(folder):
    for root, folders, _ in os.walk(folder):
        for name in folders:
            os.chmod(os.path.join(root, name), 0o700)


def run_cases(tool, names):
    tool = os.path.abspath(tool) if os.sep in tool else tool
    cases = [case for case in all_cases() if not names or case.name in names]
    missing = set(names) - {case.name for case in cases}
    if missing:
        sys.exit("malformed.py: error: %s: no such case; see malformed.py list" % ", ".join(sorted(missing)))
    failed, skipped = 0, 0
    base = tempfile.mkdtemp(prefix="sst-malformed-")
    try:
        for case in cases:
            folder = os.path.join(base, case.name)
            reason = write_case(case, folder)
            if reason:
                skipped += 1
                print("skipped %s: %s" % (case.name, reason))
                continue
            problems, stderr = check_case(case, tool, folder)
            if problems:
                failed += 1
                print("FAILED %s" % case.name)
                print("".join("  %s\n" % problem for problem in problems), end="")
                print("".join("  | %s\n" % line[:300] for line in stderr.splitlines()[:10]), end="")
    finally:
        unlock(base)
        shutil.rmtree(base)
    refused = sum(case.code != 0 for case in cases)
    print("%d malformed inputs, %d controls: %d failed, %d skipped" % (refused, len(cases) - refused, failed, skipped))
    return 1 if failed else 0


def main(arguments):
    if arguments == ["list"]:
        print("\n".join(case.name for case in all_cases()))
        return 0
    if len(arguments) == 2 and arguments[0] == "write":
        for case in all_cases():
            write_case(case, os.path.join(arguments[1], case.name))
        return 0
    if len(arguments) >= 2 and arguments[0] == "run":
        return run_cases(arguments[1], arguments[2:])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
