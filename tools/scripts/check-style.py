#!/usr/bin/env python3
"""Checks rules of the code base that no other tool checks. Last line: "N passed, N failed"; one check per file.

- Files of compiler/lib have at most 400 lines, others 800, a README 700 words; lines of C and C++ have at most 120 columns,
  no file a trailing space, and each ends in a newline.
- A reminder for later names its issue: `(#123)` follows the word. No assert(): NDEBUG is always set where MLIR is used.
- Includes point one way: the runtime includes no LLVM, dialect or compiler header, the dialect no compiler header; no
  include is relative to a parent folder. What parts of the compiler may include and link is in arrows.py.
"""

import os
import re
import sys

import arrows

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ("dialect", "compiler", "runtime", "tools", "test", "docs")
C_ENDINGS = (".c", ".h", ".cpp", ".hpp")
ENDINGS = C_ENDINGS + (".td", ".py", ".sh", ".cmake", ".txt", ".md", ".mlir", ".test")
MOST_LINES, MOST_LINES_OF_COMPILER, MOST_WORDS_OF_README = 800, 400, 700
# Headers that a folder's sources must not include.
FORBIDDEN = {
    "runtime": re.compile(r'#\s*include\s*[<"](llvm|mlir|sst/(Dialect|Compiler))/'),
    "dialect": re.compile(r'#\s*include\s*[<"](sst/(Compiler|Runtime))/'),
    "compiler": re.compile(r'#\s*include\s*[<"]\.\./'),
    "tools": re.compile(r'#\s*include\s*[<"]\.\./'),
}
REMINDER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b(?!\(#\d+\))")
ASSERT = re.compile(r"(?<![\w.])assert\s*\(")


def size_problems(path, text):
    problems = []
    lines = text.count("\n")
    in_compiler = path.startswith(os.path.join(ROOT, "compiler", "lib") + os.sep)
    most = MOST_LINES_OF_COMPILER if in_compiler and path.endswith(C_ENDINGS) else MOST_LINES
    if lines > most:
        problems.append(f"expects at most {most} lines, but got {lines}")
    if os.path.basename(path) == "README.md" and len(text.split()) > MOST_WORDS_OF_README:
        problems.append(f"expects at most {MOST_WORDS_OF_README} words, but got {len(text.split())}; move what few readers "
                        "need to a page of its own")
    return problems


def problems_of(path, folder):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    problems = size_problems(path, text)
    is_c = path.endswith(C_ENDINGS)
    if text and not text.endswith("\n"):
        problems.append("no newline at the end")
    if "\r" in text:
        problems.append("expects lines to end in a newline alone, but got a carriage return")
    for number, line in enumerate(text.split("\n"), 1):
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


def paths():
    """Every file to be checked, with the top folder that it is in."""
    yield os.path.join(ROOT, "README.md"), ""
    for folder in FOLDERS:
        for parent, folders, names in os.walk(os.path.join(ROOT, folder)):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(parent, name)
                if name.endswith(ENDINGS) and os.sep + "corpus" + os.sep not in path:
                    yield path, folder


def main():
    passed = failed = 0
    wrong_arrows = arrows.find_problems(ROOT)
    for path, folder in paths():
        name = os.path.relpath(path, ROOT)
        problems = problems_of(path, folder) + wrong_arrows.pop(name, [])
        for problem in problems:
            print(f"{name}: {problem}")
        passed += not problems
        failed += bool(problems)
    for name, problems in wrong_arrows.items():  # of what is no file to be checked
        failed += 1
        for problem in problems:
            print(f"{name}: {problem}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
