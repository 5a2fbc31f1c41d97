"""Writes the tensors that the sst-run tests use into the folder that is named: inputs for the model of accumulate.c and
what it must give for them, computed here by itself."""
import json
import os
import struct
import sys


def floats(values):
    return struct.pack("<%df" % len(values), *values)


def safetensors(path, tensors, metadata=None):
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (shape, values) in tensors.items():
        raw = values if isinstance(values, bytes) else floats(values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def npy(path, shape, values):
    text = ("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }\n" % "".join("%d," % s for s in shape)).encode()
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + floats(values))


def model(batch, rows, values):
    """All rows of the model's output; the numbers are small multiples of 1/4, so that every sum is exact."""
    result = []
    for b in range(batch):
        total = 0.0
        for t in range(rows):
            total += sum(values[(b * rows + t) * 3:][:3])
            result += [total, 2 * total]
    return result


def main(folder):
    os.makedirs(folder, exist_ok=True)
    path = lambda name: os.path.join(folder, name)
    values = [((7 * i) % 11 - 5) / 4 for i in range(2 * 4 * 3)]
    every_row = model(2, 4, values)
    last_rows = every_row[6:8] + every_row[14:16]
    wrong = list(last_rows)
    wrong[2] += 0.5
    tensors = {
        "input.state_sequence": ([2, 4, 3], values),
        "output": ([2, 2], last_rows),
        "every_row": ([2, 4, 2], every_row),
        "wrong": ([2, 2], wrong),
        "nan": ([2, 2], [float("nan")] * 4),
        "vector": ([4], last_rows),
        "one": ([4, 3], values[:12]),
        "one_output": ([2], last_rows[:2]),
        "wide": ([2, 4, 5], [0.0] * 40),
        "no_rows": ([2, 0, 3], []),
    }
    safetensors(path("golden.safetensors"), tensors, {"batch": "2"})
    npy(path("input.npy"), [2, 4, 3], values)
    npy(path("output.npy"), [2, 2], last_rows)
    npy(path("row.npy"), [2, 1, 3], values[:6])
    npy(path("row-output.npy"), [2, 2], model(2, 1, values[:6]))
    npy(path("long.npy"), [1, 97, 3], [0.0] * 97 * 3)
    npy(path("eight-channels.npy"), [1, 2, 8], [0.0] * 16)
    with open(path("golden.safetensors"), "rb") as file:
        whole = file.read()
    with open(path("cut.safetensors"), "wb") as file:
        file.write(whole[:-10])
    safetensors(path("broken.safetensors"), {"a": ([3], bytes(8)), "b": ([1], bytes(8))})


main(sys.argv[1])
