"""Reads and writes safetensors files of F32 tensors, with nothing but the standard library. For tests only: it trusts
the file."""

import array
import json
import math
import struct


def read(path):
    """Returns the tensors, name to (shape, array of floats), and the metadata."""
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] == "F32":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            tensors[name] = (entry["shape"], array.array("f", data[begin:end]))
    return tensors, metadata


def write(path, tensors, metadata=None):
    """Writes tensors, name to (shape, array of floats)."""
    header, offset = {}, 0
    if metadata:
        header["__metadata__"] = {key: str(value) for key, value in metadata.items()}
    for name, (shape, values) in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [offset, offset + 4 * len(values)]}
        offset += 4 * len(values)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, values in tensors.values():
            file.write(values.tobytes())


def last_rows(shape, values):
    """The last row of each sequence of a tensor batch x rows x channels."""
    batch, rows, channels = shape
    result = array.array("f")
    for sequence in range(batch):
        end = (sequence + 1) * rows * channels
        result += values[end - channels : end]
    return result


def read_npy(path):
    """The values of a .npy file of little-endian float64."""
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack_from("<H", data, 8)
    header = data[10 : 10 + length].decode()
    if data[:8] != b"\x93NUMPY\x01\x00" or "'<f8'" not in header:
        raise ValueError(f"{path}: expects a .npy file of version 1 and float64, but got {header}")
    return array.array("d", data[10 + length :])


def largest_excess(got, wanted, tolerance):
    """The largest of |got - want| / (tolerance + tolerance * |want|), and where; infinite if a value is NaN in one
    only or the counts differ."""
    if len(got) != len(wanted):
        return math.inf, -1
    worst, where = 0.0, 0
    for index, (value, want) in enumerate(zip(got, wanted)):
        excess = abs(value - want) / (tolerance + tolerance * abs(want)) if value != want else 0.0
        if math.isnan(excess):
            excess = 0.0 if math.isnan(value) and math.isnan(want) else math.inf
        if excess > worst:
            worst, where = excess, index
    return worst, where
