#!/bin/sh
# Installs what is missing, configures build/ (release preset) and builds the given targets, or everything.
# Usage: tools/scripts/build.sh [TARGET...]
# SST_BUILD names another build folder. The output of CMake and Ninja is in <build>/build.log unless it is a terminal;
# then a line says from time to time how far it is.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${SST_BUILD:-$root/build}
"$root/tools/scripts/install-deps.sh"

mkdir -p "$build"
log=$build/build.log
launcher=""
if command -v ccache >/dev/null; then
    launcher="-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache"
    # Lets a clone in another folder use what this one compiled.
    export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1
fi
cd "$root"
if [ ! -f "$build/build.ninja" ]; then
    echo "   configuring"
    # shellcheck disable=SC2086
    if ! cmake --preset release -B "$build" $launcher >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        echo "build.sh: error: configuring failed; the whole output is in $log" >&2
        exit 1
    fi
fi
if [ -t 1 ]; then
    # Ninja shows its progress itself.
    exec ninja -C "$build" -k 0 "$@"
fi
if ! "$root/tools/scripts/show-progress.sh" "$log" ninja -C "$build" -k 0 "$@"; then
    grep -E -A 12 'FAILED:|error:' "$log" | head -n 60 >&2 || tail -n 30 "$log" >&2
    echo "build.sh: error: the build failed; the whole output is in $log" >&2
    exit 1
fi
