#!/usr/bin/env python3
"""Writes an F32 tensor of a safetensors file as plain float32 numbers, which realtime.c reads.

Usage: record.py FILE.safetensors OUTPUT.f32 [TENSOR]        TENSOR is input.state_sequence unless named
"""

import json
import struct
import sys

if len(sys.argv) not in (3, 4):
    sys.exit(__doc__.strip().splitlines()[-1])
source, target, name = (*sys.argv[1:], "input.state_sequence")[:3]
with open(source, "rb") as file:
    data = file.read()
(length,) = struct.unpack_from("<Q", data)
tensor = json.loads(data[8 : 8 + length]).get(name)
if tensor is None or tensor["dtype"] != "F32":
    sys.exit(f"record.py: error: {source}: expects an F32 tensor '{name}'")
begin, end = (8 + length + offset for offset in tensor["data_offsets"])
with open(target, "wb") as file:
    file.write(data[begin:end])
