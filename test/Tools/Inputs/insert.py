"""Puts lines into a module of stage llvm: insert.py INPUT OUTPUT BEFORE INSIDE

BEFORE goes before the function @step, INSIDE to its beginning."""
import sys

source, target, before, inside = sys.argv[1:]
lines = open(source).read().splitlines()
step = next(i for i, line in enumerate(lines) if "llvm.func @step(" in line)
lines[step : step + 1] = [before, lines[step], inside]
with open(target, "w") as file:
    file.write("\n".join(lines) + "\n")
