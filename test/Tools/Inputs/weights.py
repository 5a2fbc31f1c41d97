#!/usr/bin/env python3
"""Files of weights made from a golden, as other programs would have written them.

    weights.py plain GOLDEN FILE             without metadata
    weights.py metadata GOLDEN FILE KEY=VALUE..   with these metadata changed; KEY= removes one
    weights.py prefix GOLDEN FILE PREFIX     a prefix before the names of all weights
    weights.py shards GOLDEN FOLDER          policy-0000k-of-00003.safetensors and their index
    weights.py block GOLDEN FILE             the first block and the final norm, without metadata
    weights.py readme README NAME            prints the block of code after the line `<!-- name: NAME -->`
    weights.py text GOLDEN FOLDER            each weight as FOLDER/<name>: a line of sizes, then one of numbers
"""

import json
import os
import re
import struct
import sys


def read(path):
    """Metadata, and name -> (entry, bytes)."""
    with open(path, "rb") as file:
        content = file.read()
    begin = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:begin])
    metadata = header.pop("__metadata__", {})
    return metadata, {name: (entry, content[begin + entry["data_offsets"][0]:begin + entry["data_offsets"][1]])
                      for name, entry in header.items()}


def write(path, tensors, metadata=None):
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, (entry, values) in tensors.items():
        header[name] = dict(entry, data_offsets=[len(data), len(data) + len(values)])
        data += values
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def is_weight(name):
    return name.startswith(("sst_block_", "final_norm.", "input_projection."))


def write_shards(tensors, metadata, folder):
    names = ["policy-%05d-of-00003.safetensors" % (i + 1) for i in range(3)]
    shards, weight_map = [{}, {}, {}], {}
    for name, tensor in tensors.items():
        index = 1 if name.startswith("sst_block_1_") else 2 if name.startswith("sst_block_") else 0
        shards[index][name] = tensor
        weight_map[name] = names[index]
    os.makedirs(folder, exist_ok=True)
    for name, shard in zip(names, shards):
        write(os.path.join(folder, name), shard, metadata)
    total = sum(len(values) for _, values in tensors.values())
    with open(os.path.join(folder, "policy.safetensors.index.json"), "w", encoding="utf-8") as file:
        json.dump({"metadata": {"total_size": total}, "weight_map": weight_map}, file, indent=2)


def write_text(tensors, folder):
    os.makedirs(folder, exist_ok=True)
    for name, (entry, values) in tensors.items():
        if is_weight(name):
            numbers = struct.unpack("<%df" % (len(values) // 4), values)
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                print(*entry["shape"], file=file)
                print(*numbers, file=file)


def main(command, source, *rest):
    if command == "readme":
        with open(source, encoding="utf-8") as file:
            print(re.search(r"<!-- name: %s -->\n```[a-z]*\n(.*?)^```$" % rest[0], file.read(), re.S | re.M)[1], end="")
        return
    metadata, tensors = read(source)
    if command == "plain":
        write(rest[0], tensors)
    elif command == "metadata":
        metadata.update(change.split("=", 1) for change in rest[1:])
        write(rest[0], tensors, {key: value for key, value in metadata.items() if value})
    elif command == "prefix":
        write(rest[0], {(rest[1] if is_weight(name) else "") + name: tensor for name, tensor in tensors.items()}, metadata)
    elif command == "shards":
        write_shards(tensors, metadata, rest[0])
    elif command == "block":
        write(rest[0], {name: tensor for name, tensor in tensors.items()
                        if name.startswith(("final_norm.", "sst_block_1_"))})
    elif command == "text":
        write_text(tensors, rest[0])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
