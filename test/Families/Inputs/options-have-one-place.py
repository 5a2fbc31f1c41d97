"""Looks for the options of each family in the code outside of its file. Usage: options-have-one-place.py SOURCE"""

import glob
import os
import re
import sys

source = sys.argv[1]
# The fields of sst_info_t that a family fills.
FIELD = re.compile(r"\bdescription\.\w+")
# Where attributes of ops have the same names.
OWN_OPS = {"compiler/include/sst/Compiler/TransformPasses.td"}
# Programs that see artefacts, not models: they read sst_info_t.
ARTEFACTS = ("tools/sst-run/", "tools/sst-benchmark/", "tools/common/")


def read(path):
    with open(os.path.join(source, path), encoding="utf-8") as file:
        return file.read()


def find_options(path):
    """The names in quotes that a family's header gives to constants, but for what is an op's name too."""
    names = re.findall(r'k\w+ = "(\w+)"', read(path))
    return [name for name in names if name != "layer_norm"]


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def strip(text):
    """Without comments."""
    return re.sub(r"//.*", "", text)


families = {"edifice": "compiler/lib/Families/Edifice.h"}
files = [os.path.relpath(path, source)
         for folder in ("compiler", "tools")
         for ending in ("cpp", "h", "td")
         for path in glob.glob(os.path.join(source, folder, "**", "*." + ending), recursive=True)]
files = [path for path in files
         if not path.startswith(("compiler/lib/Families/",) + ARTEFACTS) and path not in OWN_OPS]
good = len(files) > 50
for family, header in families.items():
    options = find_options(header)
    words = re.compile(r"\b(" + "|".join(options + [r"options\." + camel(name) for name in options]) + r")\b")
    flags = re.compile(r"--(" + "|".join(name.replace("_", "-") for name in options) + r")\b")
    for path in files:
        for number, line in enumerate(strip(read(path)).split("\n"), 1):
            line = FIELD.sub("", line)
            if words.search(line) or flags.search(line):
                print(f"{path}:{number}: names an option of {family}: {line.strip()}")
                good = False
    if good:
        print(f"{family}: {len(options)} options in {len(files)} files: none is named elsewhere")
sys.exit(0 if good else 1)
