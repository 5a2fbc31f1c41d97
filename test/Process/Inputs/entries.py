#!/usr/bin/env python3
"""entries.py LIBRARY: checks that all code of a shared library to which an address leads starts with endbr64.

These are the functions that it exports, and what the addresses in its data point to: tables of functions and kernels.
"""

import re
import subprocess
import sys


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(library):
    code = {int(address, 16): mnemonic for address, mnemonic in
            re.findall(r"^\s*([0-9a-f]+):\s+(\w+)", run("llvm-objdump", "-d", "--no-show-raw-insn", "-j", ".text", library),
                       re.M)}
    exported = {int(address, 16): name for address, name in
                re.findall(r"([0-9a-f]{16})\s+\d+ FUNC\s+GLOBAL\s+\w+\s+\d+ (\S+)",
                           run("llvm-readelf", "-W", "--dyn-syms", library))}
    pointed = {int(address, 16) for address in
               re.findall(r"R_X86_64_RELATIVE\s+([0-9a-f]+)", run("llvm-readelf", "-W", "-r", library))}
    pointed = {address for address in pointed if min(code) <= address <= max(code)}
    bad = sorted(address for address in pointed | set(exported) if code.get(address) != "endbr64")
    print("%d exported functions, %d other addresses of code" % (len(exported), len(pointed - set(exported))))
    for address in bad:
        print("%#x %s: starts with %s" % (address, exported.get(address, ""), code.get(address)))
    return 1 if bad or len(exported) < 16 or len(pointed - set(exported)) < 5 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
