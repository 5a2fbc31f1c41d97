#!/usr/bin/env python3
"""Runs the Python lines of a file (the README's) on the weights in a folder of texts: write-weights.py KIND LINES FOLDER

`weights` is what the lines expect: `plain`, shapes and lists of numbers; `numpy`, arrays.
"""

import os
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        shape, numbers = file.read().splitlines()
    return [int(size) for size in shape.split()], [float(number) for number in numbers.split()]


kind, lines, folder = sys.argv[1:]
weights = {name: read(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}
if kind == "numpy":
    import numpy
    weights = {name: numpy.array(numbers, numpy.float32).reshape(shape) for name, (shape, numbers) in weights.items()}
with open(lines, encoding="utf-8") as file:
    exec(compile(file.read(), lines, "exec"), {"weights": weights})
