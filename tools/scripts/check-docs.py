#!/usr/bin/env python3
"""Checks the documentation. Last line: "N passed, N failed".

- Every ```mlir block of the .md files and of the descriptions in .td files is parsed by sst-opt. A block with "..." or
  with "// becomes" shows a piece of a program; of it, only the names of the ops are checked.
- Every ```sh block after a line `<!-- run -->` is run by bash in a folder that looks like the repository's root.
- Every relative link of a .md file leads somewhere; docs/walk.md has none twice.
- The generated reference (target mlir-doc) has every op and pass, so has `sst-opt --help` every pass; dialect/README.md
  names every op and compiler/README.md every pass.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>[a-z]*)\n(?P<body>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
OP_NAME = re.compile(r"(?<![\w.@#%\"!])sst\.([a-z][a-z0-9_]*)")
LINK = re.compile(r"\[[^\]]*\]\(([^)#:\s]+)(?:#[^)]*)?\)")
RUN_MARK = "<!-- run -->"


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, passed, where, text=""):
        if passed:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{where}: {text}".rstrip())


def files_of(endings):
    """All files with these endings, as paths from the root; build folders left out."""
    found = []
    for parent, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "build")))
        found += [os.path.relpath(os.path.join(parent, name), ROOT) for name in sorted(names) if name.endswith(endings)]
    return found


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def blocks_of(path):
    """Yields the fenced blocks of a file: kind, body without indentation, line number, the line before."""
    text = read(path)
    for match in FENCE.finditer(text):
        indent = len(match["indent"])
        body = "".join(line[indent:] if line.strip() else line for line in match["body"].splitlines(keepends=True))
        before = text[: match.start()].rstrip("\n").rsplit("\n", 1)[-1].strip()
        yield match["kind"], body, text.count("\n", 0, match.start()) + 1, before


def declared(pattern, paths):
    return sorted({name for path in paths for name in re.findall(pattern, read(path))})


def check_ir(checks, path, line, body, sst_opt, ops):
    where = f"{path}:{line}"
    unknown = sorted(set(OP_NAME.findall(re.sub(r'"[^"]*"|\{[^}]*\}', "", body))) - set(ops))
    checks.check(not unknown, where, f"no op is named {', '.join('sst.' + name for name in unknown)}")
    if "..." in body or "// becomes" in body:
        return
    done = subprocess.run([sst_opt, "--verify-roundtrip", "-o", os.devnull], input=body, capture_output=True, text=True)
    checks.check(done.returncode == 0, where, "sst-opt refuses this block:\n" + done.stderr[-1500:])


def check_shell(checks, path, line, body, build):
    environment = dict(os.environ, PATH=os.path.join(build, "bin") + os.pathsep + os.environ["PATH"])
    with tempfile.TemporaryDirectory() as folder:
        for name in os.listdir(ROOT):
            if not name.startswith((".", "build")):
                os.symlink(os.path.join(ROOT, name), os.path.join(folder, name))
        os.symlink(build, os.path.join(folder, "build"))
        try:
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", body], cwd=folder, env=environment, timeout=600,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            checks.check(done.returncode == 0, f"{path}:{line}", "these commands fail:\n" + done.stdout[-1500:])
        except subprocess.TimeoutExpired:
            checks.check(False, f"{path}:{line}", "these commands do not end within 600 s")


def check_blocks(checks, build, ops):
    sst_opt = os.path.join(build, "bin", "sst-opt")
    for path in files_of((".md", ".td")):
        for kind, body, line, before in blocks_of(path):
            if kind == "mlir":
                check_ir(checks, path, line, body, sst_opt, ops)
            elif kind == "sh" and before == RUN_MARK:
                check_shell(checks, path, line, body, build)


def check_links(checks):
    for path in files_of((".md",)):
        text = FENCE.sub("", read(path))
        for target in LINK.findall(text):
            there = os.path.exists(os.path.join(ROOT, os.path.dirname(path), target))
            checks.check(there, path, f"the link to '{target}' leads nowhere")


def check_walk(checks):
    targets = LINK.findall(read(os.path.join("docs", "walk.md")))
    for target in sorted(set(targets)):
        checks.check(targets.count(target) == 1, "docs/walk.md", f"names '{target}' more than once")


def check_reference(checks, build, ops, passes):
    def text_of(path, remedy):
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except OSError as error:
            checks.check(False, path, f"{error.strerror}; {remedy}")
            return None

    help_text = subprocess.run([os.path.join(build, "bin", "sst-opt"), "--help"], capture_output=True, text=True).stdout
    reference = os.path.join(build, "docs")
    ninja = f"run ninja -C {os.path.relpath(build)} mlir-doc"
    expectations = [
        (os.path.join(reference, "Dialect", "SSTDialect.md"), [f"### `sst.{name}`" for name in ops], ninja),
        (os.path.join(reference, "Compiler", "SSTPasses.md"), [f"### `-{name}`" for name in passes], ninja),
        (os.path.join(ROOT, "dialect", "README.md"), [f"`sst.{name}`" for name in ops], "write it"),
        (os.path.join(ROOT, "compiler", "README.md"), [f"`{name}`" for name in passes], "write it"),
    ]
    for path, names, remedy in expectations:
        text = text_of(path, remedy)
        for name in names if text is not None else []:
            checks.check(name in text, os.path.relpath(path, ROOT), f"expects to find {name}, but it is not there")
    for name in passes:
        checks.check(f"--{name} " in help_text, "sst-opt --help", f"does not list --{name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), help="build folder (default: build)")
    build = os.path.abspath(parser.parse_args().build)
    checks = Checks()
    td_files = files_of((".td",))
    ops = declared(r'SST_Op<"([a-z0-9_]+)"', td_files)
    passes = declared(r'Pass<"(sst-[a-z0-9-]+)"', td_files)
    checks.check(bool(ops) and bool(passes), "*.td", "expects to find ops and passes, but there are none")
    if os.path.exists(os.path.join(build, "bin", "sst-opt")):
        check_blocks(checks, build, ops)
        check_reference(checks, build, ops, passes)
    else:
        checks.check(False, os.path.join(build, "bin", "sst-opt"), "not built; run tools/scripts/build.sh")
    check_links(checks)
    check_walk(checks)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
