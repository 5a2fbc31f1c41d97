"""Which part of the compiler may include and link which: the arrows of compiler/README.md, and the check of them.

A part is a folder of compiler/lib, with those headers of compiler/include/sst/Compiler that are listed here; headers that
no part has are for all of them. A part may include its own headers and those of parts that it points to, directly or by
way of others, and its library links no library but those of such parts.
"""

import os
import re

# A: what A points to. Everything may use Process, the headers of no part, the dialect and the runtime's headers.
ARROWS = {
    "Driver": ["Families", "Pipelines", "Object", "Reference"],
    "Families": ["Frontend"],
    "Frontend": ["Weights"],
    "Pipelines": ["CPU", "Transforms"],
    "CPU": ["Schedule", "Variants", "Weights"],
    "Schedule": [],
    "Transforms": ["Weights"],
    "Object": ["Variants", "Weights"],
    "Reference": ["Weights"],
    "Weights": [],
    "Variants": [],
    "Process": [],
}
# What has no arrow in the table above may still be linked by every part.
LIBRARIES_FOR_ALL = {"SSTDialect", "sst_runtime", "SSTProcess"}
# The headers that programs outside of a part include.
HEADERS = {
    "Driver": ["Artifact.h", "Compile.h", "Extensions.h", "Nesting.h"],
    "Families": ["Families.h"],
    "Frontend": ["Family.h", "Import.h", "ModelBuilder.h", "Options.h", "Report.h", "SizeResolver.h", "Weights.h"],
    "Pipelines": ["InitAllDialects.h", "Pipelines.h"],
    "CPU": ["CpuLayout.h", "CpuOp.h", "KernelBuilder.h", "KernelLibrary.h", "PointersToLLVM.h", "Signature.h", "StageEmitter.h"],
    "Schedule": ["Backend.h", "StageGraph.h", "States.h"],
    "Object": ["Object.h"],
    "Reference": ["Evaluation.h", "Interpreter.h"],
    "Weights": ["ExpansionBudget.h", "WeightBlob.h", "WeightData.h"],
    "Variants": ["Variants.h"],
    "Process": ["Process.h", "Threads.h"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([\w./]+)"', re.MULTILINE)
PUBLIC = "sst/Compiler/"
LIBRARY = re.compile(r"sst_add_library\(SST(\w+)(.*?)\)", re.DOTALL)


def reachable(part):
    """The parts that `part` may use, itself included."""
    found, left = set(), [part]
    while left:
        current = left.pop()
        if current not in found:
            found.add(current)
            left += ARROWS.get(current, [])
    return found | {"Process"}


def owner_of(library, part, name):
    """The part that has what `part` includes as `name`; `part` for what no other part has."""
    if name.startswith(PUBLIC):
        header = name.removeprefix(PUBLIC)
        return next((other for other, headers in HEADERS.items() if header in headers), part)
    if os.path.exists(os.path.join(library, part, name)):
        return part
    return next((other for other in ARROWS if os.path.exists(os.path.join(library, other, name))), part)


def check_includes(library, path, part):
    with open(path, encoding="utf-8") as file:
        names = INCLUDE.findall(file.read())
    allowed = reachable(part)
    return [f"{part} must not include {name} of {other}; arrows.py says what may"
            for name in names if (other := owner_of(library, part, name)) not in allowed]


def check_libraries(path, part):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    allowed = {f"SST{name}" for name in reachable(part)} | LIBRARIES_FOR_ALL
    problems = []
    for name, body in LIBRARY.findall(text):
        if name != part:
            problems.append(f"expects the library of {part} to be SST{part}, but got SST{name}")
        linked = body.split("LINK_LIBS", 1)[1].split() if "LINK_LIBS" in body else []
        problems += [f"SST{part} must not link {library}; arrows.py says what may"
                     for library in linked if library.startswith(("SST", "sst_")) and library not in allowed]
    return problems


def find_problems(root):
    """What is wrong, by the file that it is in, as a path from `root`."""
    library, include = os.path.join(root, "compiler", "lib"), os.path.join(root, "compiler", "include", "sst", "Compiler")
    problems = {}

    def add(path, found):
        if found:
            problems.setdefault(os.path.relpath(path, root), []).extend(found)

    for parent, _, names in os.walk(library):
        part = os.path.relpath(parent, library).split(os.sep)[0]
        if part == ".":
            continue
        if part not in ARROWS:
            add(parent, [f"arrows.py does not say what {part} may include"])
            continue
        for name in names:
            path = os.path.join(parent, name)
            if name.endswith((".cpp", ".h")):
                add(path, check_includes(library, path, part))
            elif name == "CMakeLists.txt":
                add(path, check_libraries(path, part))
    for part, headers in HEADERS.items():
        for header in headers:
            path = os.path.join(include, header)
            add(path, check_includes(library, path, part) if os.path.exists(path) else ["arrows.py has it, but it is not there"])
    for header in sorted(os.listdir(include)):
        path = os.path.join(include, header)
        if header.endswith(".h") and not any(header in headers for headers in HEADERS.values()):
            # What is for all may include only what is for all.
            add(path, check_includes(library, path, "what is for all"))
    return problems
