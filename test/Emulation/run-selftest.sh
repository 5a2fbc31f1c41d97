#!/bin/sh
# Compares the emulated CPU with this one: see emulator-selftest.c. Options are passed on to run-v4.sh.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/run-selftest.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

${CC:-cc} -O2 -std=gnu11 -static -no-pie "$here/emulator-selftest.c" -o "$work/program" -lm
native=0
"$work/program" >"$work/native" || native=$?
if [ "$native" != 0 ] && [ "$native" != 77 ]; then # 77: this CPU has no AVX-512
  echo "run-selftest: error: emulator-selftest: fails on this CPU" >&2
  exit 1
fi
"$here/run-v4.sh" "$@" "$work/program" >"$work/emulated"
if ! diff "$work/native" "$work/emulated" >&2; then
  echo "run-selftest: error: emulator-selftest: the emulated CPU computes other bits than this one" >&2
  exit 1
fi
echo "run-selftest: $(wc -l <"$work/native") digests agree"
