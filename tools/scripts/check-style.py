#!/usr/bin/env python3
"""Checks rules of the code base that no other tool checks. Last line: "N passed, N failed"; one check per file.

- Files have at most 800 lines, lines of C and C++ at most 120 columns, no trailing space, a newline at the end.
- A reminder for later names its issue: `(#123)` follows the word. No assert(): NDEBUG is always set where MLIR is used.
- Includes point one way: the runtime includes no LLVM, dialect or compiler header, the dialect no compiler header; no
  include is relative to a parent folder.
"""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ("dialect", "compiler", "runtime", "tools", "test")
C_ENDINGS = (".c", ".h", ".cpp", ".hpp")
ENDINGS = C_ENDINGS + (".td", ".py", ".sh", ".cmake", ".txt", ".md", ".mlir", ".test")
# Headers that a folder's sources must not include.
FORBIDDEN = {
    "runtime": re.compile(r'#\s*include\s*[<"](llvm|mlir|sst/(Dialect|Compiler))/'),
    "dialect": re.compile(r'#\s*include\s*[<"](sst/(Compiler|Runtime))/'),
    "compiler": re.compile(r'#\s*include\s*[<"]\.\./'),
    "tools": re.compile(r'#\s*include\s*[<"]\.\./'),
}
REMINDER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b(?!\(#\d+\))")
ASSERT = re.compile(r"(?<![\w.])assert\s*\(")


def problems_of(path, folder):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    problems = []
    lines = text.split("\n")
    is_c = path.endswith(C_ENDINGS)
    if text and not text.endswith("\n"):
        problems.append("no newline at the end")
    if "\r" in text:
        problems.append("expects lines to end in a newline alone, but got a carriage return")
    if len(lines) - 1 > 800:
        problems.append(f"expects at most 800 lines, but got {len(lines) - 1}")
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            problems.append(f"line {number}: trailing space")
        if is_c and len(line) > 120:
            problems.append(f"line {number}: expects at most 120 columns, but got {len(line)}")
        if REMINDER.search(line):
            problems.append(f"line {number}: a reminder without an issue: {line.strip()}")
        if is_c and folder in ("dialect", "compiler", "tools", "runtime") and ASSERT.search(line):
            problems.append(f"line {number}: assert() does nothing with NDEBUG; use SST_CHECK or return an error")
        if is_c and folder in FORBIDDEN and FORBIDDEN[folder].search(line):
            problems.append(f"line {number}: {folder}/ must not include this: {line.strip()}")
    return problems


def main():
    passed = failed = 0
    for folder in FOLDERS:
        for parent, folders, names in os.walk(os.path.join(ROOT, folder)):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(parent, name)
                if not name.endswith(ENDINGS) or os.sep + "corpus" + os.sep in path:
                    continue
                problems = problems_of(path, folder)
                for problem in problems:
                    print(f"{os.path.relpath(path, ROOT)}: {problem}")
                passed += not problems
                failed += bool(problems)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
