#!/bin/sh
# Builds checks.cpp, a C++ program around Model.hpp, from the object of a compiled model alone and with the runtime
# library, with two compilers, and runs it. Usage: build-and-run.sh BIN, the folder of sst-compile; the runtime library
# is in BIN/../lib. Last line: "N passed, N failed".
set -u

here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$1" && pwd)
root=$here/../../..
model=$root/test/Golden/edifice/p01_edifice_test.safetensors
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

passed=0 failed=0
# check WHAT COMMAND...: one check; prints what the command printed if it fails.
check() {
    what=$1
    shift
    if "$@" >log 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "cpp-example: $what:"
        sed 's/^/    /' log
    fi
}
# run PROGRAM: adds the checks that it counts.
run() {
    "./$1" >log 2>&1 || sed 's/^/    /' log
    counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' log)
    check "$1 runs to its end" test -n "$counts"
    passed=$((passed + ${counts% *}))
    failed=$((failed + ${counts#* }))
}
strict="-fno-exceptions -fno-rtti -Wall -Wextra -pedantic -Werror -I. -I$root/runtime/include"
library="$bin/../lib/libsst_runtime.a -ldl -lpthread"

# shellcheck disable=SC2086
{
    check "compile to an object" "$bin/sst-compile" "$model" --name=policy --rollback=2 -o policy.o
    check "compile to a shared artefact" "$bin/sst-compile" "$model" --name=policy --rollback=2 --emit=shared -o policy.so
    check "g++, C++17" g++ -std=c++17 $strict "$here/checks.cpp" policy.o -o linked-g++
    check "clang++, C++20" clang++-22 -std=c++20 -O2 $strict "$here/checks.cpp" policy.o -o linked-clang++
    check "g++, loaded" g++ -std=c++17 -O2 $strict "-DSST_ARTEFACT=\"./policy.so\"" "$here/checks.cpp" $library -o loaded-g++
    check "clang++ with sanitizers" clang++-22 -std=c++17 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
        $strict "$here/checks.cpp" policy.o -o linked-sanitizers
}
for program in linked-g++ linked-clang++ loaded-g++ linked-sanitizers; do
    run "$program"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
