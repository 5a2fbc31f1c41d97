"""Makes a scheduled model of two blocks keep the keys of its blocks in each other's place: the same values in a state of
the same size, elsewhere. Usage: swap-states.py MODULE [FUNCTION], the result of --compile-to=schedule; prints the new
one, in which only that function differs."""

import re
import sys


def swap(text, a, b):
    return text.replace(a, "\0").replace(b, a).replace("\0", b)


def swap_in_function(function):
    head, body = function.split("\n", 1)
    first, second = re.findall(r"past\((%arg\d+),.*?#sst\.place<state, (\d+)>", body)
    body = re.sub(r"(past\()(%arg\d+)(,)",
                  lambda m: m[1] + {first[0]: second[0], second[0]: first[0]}[m[2]] + m[3], body)
    body = swap(body, f"#sst.place<state, {first[1]}>", f"#sst.place<state, {second[1]}>")
    before, operands, after = re.fullmatch(r"(.*\n    return )(.*?)( : .*)", body, re.DOTALL).groups()
    operands = operands.split(", ")
    i, j = (int(argument[4:]) for argument, _ in (first, second))
    operands[i], operands[j] = operands[j], operands[i]
    return head + "\n" + before + ", ".join(operands) + after


wanted = f"func.func @{sys.argv[2]}(" if len(sys.argv) > 2 else "func.func @"
with open(sys.argv[1]) as file:
    parts = re.split(r"(?=^  func\.func )", file.read(), flags=re.MULTILINE)
sys.stdout.write("".join(swap_in_function(part) if "past(%arg" in part and wanted in part else part for part in parts))
