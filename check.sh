#!/bin/sh
# Builds everything and runs every check there is. The last line says how many passed; the exit code is 1 if any failed.
# Usage: ./check.sh [STEP...]   the steps are listed by ./check.sh --list; without a name all of them run
# SST_BUILD names another build folder than build/.
root=$(cd "$(dirname "$0")" && pwd)
if ! command -v python3 >/dev/null; then
    "$root/tools/scripts/install-deps.sh" || { echo "0 passed, 1 failed"; exit 1; }
fi
exec python3 "$root/tools/scripts/check.py" "$@"
