#!/bin/sh
# Usage: gc-sections.sh LINKER, in a folder with policy.o, window.c, bytes.c and all.c. Links each without and with
# --gc-sections, runs it, and looks whether the code of `window` is much less than all.
set -eu
linker=$1
code() { llvm-size -A "$1" | awk '$1 == ".text" {print $2}'; }

for program in window bytes all; do
    gcc -fuse-ld="$linker" $program.c policy.o -o $program-$linker-whole
    gcc -fuse-ld="$linker" -Wl,--gc-sections $program.c policy.o -o $program-$linker
    ./$program-$linker
    ./$program-$linker-whole
    echo "$linker $program: $(code $program-$linker) of $(code $program-$linker-whole) bytes of code"
done
test "$(code window-$linker)" -lt "$(($(code window-$linker-whole) * 2 / 3))"
test "$(code bytes-$linker)" -lt 20000
# The table has all functions.
test "$(code all-$linker)" -gt "$(($(code all-$linker-whole) * 9 / 10))"
