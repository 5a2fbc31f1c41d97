"""reshape.py FILE.npy SIZE,SIZE,... OUT.npy|OUT.safetensors: writes the values of FILE, which numpy's format 1.0 has in
C order, with another shape: as .npy, or as the tensors 'input.state_sequence' and 'output' of a safetensors file."""
import json
import re
import struct
import sys

source, sizes, target = sys.argv[1:]
shape = [int(size) for size in sizes.split(",")]
with open(source, "rb") as file:
    bytes_ = file.read()
length = struct.unpack("<H", bytes_[8:10])[0]
header, data = bytes_[10:10 + length].decode(), bytes_[10 + length:]
count = 1
for size in shape:
    count *= size
width = int(re.search(r"'<f([48])'", header).group(1))
data = data[:count * width]
with open(target, "wb") as file:
    if target.endswith(".npy"):
        text = re.sub(r"\([^)]*\)", "(" + "".join(f"{size}, " for size in shape) + ")", header).rstrip() + "\n"
        file.write(bytes_[:8] + struct.pack("<H", len(text)) + text.encode() + data)
    else:
        tensor = {"dtype": f"F{8 * width}", "shape": shape, "data_offsets": [0, len(data)]}
        text = json.dumps({"output": tensor} if "output" in target else {"input.state_sequence": tensor}).encode()
        file.write(struct.pack("<Q", len(text)) + text + data)
