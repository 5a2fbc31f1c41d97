"""Checks what an object needs and defines: memcpy-class functions and names with the model's prefix, nothing that
changes at run time, nothing that runs before main. Usage: symbols.py OBJECT PREFIX"""

import subprocess
import sys

ALLOWED = {"memcpy", "memmove", "memset", "memcmp"}
path, prefix = sys.argv[1:]


def lines_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


problems = []
for line in lines_of("nm", "-u", path):
    name = line.split()[-1]
    if name not in ALLOWED:
        problems.append(f"the object needs '{name}'")
defined = [line.split()[-2:] for line in lines_of("nm", "--defined-only", path)]
for kind, name in defined:
    if kind in "bBC":
        problems.append(f"'{name}' is memory that changes")
    if kind.isupper() and not name.startswith(prefix + "_"):
        problems.append(f"'{name}' is visible from outside without the prefix '{prefix}_'")
for function in ("info", "workspace_bytes", "window", "sequence", "artefact"):
    if f"{prefix}_{function}" not in {name for _, name in defined}:
        problems.append(f"there is no '{prefix}_{function}'")
for line in lines_of("readelf", "-SW", path):
    for section in (".init_array", ".ctors", ".fini_array", " .data ", " .bss "):
        if section in line and " 000000 00 " not in line:
            problems.append(f"expects no contents in section {section.strip()}: {line.strip()}")
if problems:
    sys.exit("\n".join(problems))
