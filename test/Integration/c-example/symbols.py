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

def changes_or_runs(section):
    """Whether a section has memory that changes, or pointers to what runs before or after main. There may be one for
    each object: .data.name. What is constant after relocation is not memory that changes."""
    if section == ".data.rel.ro" or section.startswith(".data.rel.ro."):
        return False
    kinds = (".data", ".bss", ".tdata", ".tbss", ".preinit_array", ".init_array", ".fini_array", ".ctors", ".dtors")
    return any(section == kind or section.startswith(kind + ".") for kind in kinds)


for line in lines_of("readelf", "-SW", path):
    fields = line.partition("]")[2].split()  # name, type, address, offset, size, ...
    if len(fields) > 4 and changes_or_runs(fields[0]) and int(fields[4], 16) != 0:
        problems.append(f"expects no contents in section {fields[0]}: {line.strip()}")
if problems:
    sys.exit("\n".join(problems))
