#!/bin/sh
# Compiles goldens and checks them on the emulated CPU, with AVX2 and with AVX-512: golden.c says what.
#
#   run-golden.sh [--window-only] <build folder> <golden.safetensors>...
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
only=
if [ "${1:-}" = --window-only ]; then
  only=window-only
  shift
fi
if [ $# -lt 2 ]; then
  echo "usage: run-golden.sh [--window-only] <build folder> <golden.safetensors>..." >&2
  exit 2
fi
build=$1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/run-golden.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

"$here/build-rom.sh" "$work/rom"
failed=0
for golden in "$@"; do
  name=$(basename "$golden" .safetensors)
  "$build/bin/sst-compile" "$golden" --name=g --no-header -o "$work/g.o"
  # The linker warns that a static program cannot load libraries, which the runtime library can do and we do not need.
  ${CC:-cc} -O2 -std=c11 -static -no-pie -I "$root/runtime/include" -DARTEFACT=g_artefact "$here/golden.c" \
    "$work/g.o" "$build/lib/libsst_runtime.a" -lm -o "$work/program" 2>"$work/warnings" || {
    cat "$work/warnings" >&2
    exit 2
  }
  status=0
  # shellcheck disable=SC2086 # nothing or one word
  "$here/run-v4.sh" --rom="$work/rom" --file="$golden:golden" "$work/program" -- golden $only >"$work/output" ||
    status=$?
  sed "s|^|$name: |" "$work/output"
  if [ "$status" != 0 ]; then
    echo "run-golden: error: $golden: ends with status $status" >&2
    failed=1
  elif ! grep -q '^x86-64-v3 ' "$work/output" || ! grep -q '^x86-64-v4 ' "$work/output"; then
    echo "run-golden: error: $golden: expects x86-64-v3 and x86-64-v4 to run, but at least one did not" >&2
    failed=1
  fi
done
[ "$failed" = 0 ] || exit 1
echo "run-golden: $# goldens hold on both variants"
