#!/bin/sh
# Compiles a golden and checks it on the emulated CPU, with AVX2 and with AVX-512: golden.c says what.
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

"$here/build-rom.sh" "$work/rom" || exit 2
for golden in "$@"; do
  "$build/bin/sst-compile" "$golden" --name=g -o "$work/g.o"
  ${CC:-cc} -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -static -no-pie -I "$root/runtime/include" -DARTEFACT=g_artefact \
    "$here/golden.c" "$work/g.o" "$build/lib/libsst_runtime.a" -lm -o "$work/program" 2>"$work/warnings" || {
    cat "$work/warnings" >&2
    exit 2
  }
  # shellcheck disable=SC2086 # nothing or one word
  "$here/run-v4.sh" --rom="$work/rom" --timeout=280 --file="$golden:golden" "$work/program" -- golden $only >"$work/output"
  sed "s|^|$(basename "$golden" .safetensors): |" "$work/output"
  if ! grep -q '^x86-64-v4:' "$work/output"; then
    echo "run-golden: error: $golden: x86-64-v4 did not run" >&2
    exit 1
  fi
done
echo "run-golden: $# goldens hold on both variants"
