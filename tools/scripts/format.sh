#!/bin/sh
# Formats every C and C++ file of the repository, or with --check says which ones are not formatted (exit code 1).
# Usage: tools/scripts/format.sh [--check]
set -eu
cd "$(dirname "$0")/../.."
command -v clang-format-22 >/dev/null || {
    echo "format.sh: error: clang-format-22 is not installed; run tools/scripts/install-deps.sh" >&2
    exit 1
}
mode="-i"
[ "${1:-}" != --check ] || mode="--dry-run --Werror"
# shellcheck disable=SC2086
find dialect compiler runtime tools test -name '*.[ch]' -o -name '*.cpp' -o -name '*.hpp' | LC_ALL=C sort |
    xargs clang-format-22 --style=file $mode
