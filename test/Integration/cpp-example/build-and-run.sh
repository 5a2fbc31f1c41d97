#!/bin/sh
# Builds checks.cpp, a C++ program around Model.hpp, from the object of a compiled model alone and with the runtime
# library, with two compilers, and runs it. Usage: build-and-run.sh BIN, the folder of sst-compile; the runtime library
# is in BIN/../lib. Last line: "N passed, N failed".
set -u

here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$1" && pwd)
root=$here/../../..
model=$root/test/Golden/edifice/p01_edifice_test.safetensors
. "$here/../checks.sh"

# run PROGRAM: adds the checks that it counts.
run() {
    check "$1 ends with exit code 0" "./$1"
    counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' log)
    [ -n "$counts" ] || { failed=$((failed + 1)) && echo "$label: $1: no counts" && return; }
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
summarise
