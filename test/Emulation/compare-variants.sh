#!/bin/sh
# Proves that a compiled model gives the same bits on this CPU and, with AVX2 and with AVX-512, on the emulated one.
#
#   compare-variants.sh [run-v4 option...] <model.o> <name> <batch>x<rows>...
set -eu

here=$(cd "$(dirname "$0")" && pwd)
options=
while [ $# -gt 0 ]; do
  case $1 in -*) options="$options $1"; shift ;; *) break ;; esac
done
if [ $# -lt 3 ]; then
  echo "usage: compare-variants.sh [run-v4 option...] <model.o> <name> <batch>x<rows>..." >&2
  exit 2
fi
object=$1
name=$2
shift 2
work=$(mktemp -d "${TMPDIR:-/tmp}/compare-variants.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

${CC:-cc} -O2 -std=c11 -static -no-pie -I "${SST_INCLUDE:-$here/../../runtime/include}" "-DARTEFACT=${name}_artefact" \
  "$here/compare-variants.c" "$object" -o "$work/program"
"$work/program" "$@" >"$work/native"
# shellcheck disable=SC2086 # a list
"$here/run-v4.sh" $options "$work/program" -- "$@" >"$work/emulated"
cat "$work/emulated"

# The program has checked the variants against each other; what remains is AVX2 here against AVX2 there, and that
# AVX-512 ran at all.
grep 'x86-64-v3' "$work/native" >"$work/native-v3" || true
grep 'x86-64-v3' "$work/emulated" >"$work/emulated-v3" || true
wanted=$(grep -c 'x86-64-v3' "$work/emulated" || true)
lines=$(grep -c 'x86-64-v4' "$work/emulated" || true)
if ! cmp -s "$work/native-v3" "$work/emulated-v3"; then
  echo "compare-variants: error: $object: x86-64-v3 differs between this CPU and the emulated one" >&2
  exit 1
elif [ "$lines" != "$wanted" ] || [ "$lines" = 0 ]; then
  echo "compare-variants: error: $object: expects $wanted runs of x86-64-v4, but got $lines" >&2
  exit 1
fi
echo "compare-variants: $object: identical bits in $lines runs of each variant"
