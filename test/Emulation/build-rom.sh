#!/bin/sh
# Builds the ROM of the emulated machine: build-rom.sh <output>. Needs clang, ld.lld and llvm-objcopy (any version).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
output=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/build-rom.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The first of the named programs that exists.
find_tool() {
  for name; do
    command -v "$name" 2>/dev/null && return
  done
  echo "build-rom: error: $1: not found" >&2
  exit 1
}
clang=$(find_tool clang-22 clang)
lld=$(find_tool ld.lld-22 ld.lld)
objcopy=$(find_tool llvm-objcopy-22 llvm-objcopy objcopy)

flags="-O2 -std=c11 -Wall -Wextra -ffreestanding -fno-builtin -fno-pic -fno-stack-protector -march=x86-64
  -mgeneral-regs-only -mno-red-zone -fno-asynchronous-unwind-tables"
objects=
for source in start.S main.c devices.c memory.c loader.c syscalls.c; do
  # shellcheck disable=SC2086 # a list
  "$clang" --target=x86_64-linux-gnu $flags -c "$here/$source" -o "$work/$source.o"
  objects="$objects $work/$source.o"
done
# shellcheck disable=SC2086 # a list
"$lld" -T "$here/machine.ld" -o "$work/machine.elf" $objects
"$objcopy" -O binary -j .rom -j .reset "$work/machine.elf" "$output"
