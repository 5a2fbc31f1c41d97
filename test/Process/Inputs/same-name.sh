#!/bin/sh
# Usage: same-name.sh RUNTIME, the root of the repository, LIBRARY, the runtime library. Needs sst-compile in the path
# and works in the current folder. Every line that `host` prints must be what that model prints when it is alone.
set -eu
root=$1 library=$2
inputs=$root/test/Process/Inputs
small="--embed-dim=16 --hidden-size=16 --state-size=4 --num-layers=1 --num-heads=2 --head-dim=8 --name=policy"
flags="-Wall -Wextra -Werror -I1 -I$root/runtime/include -I$inputs"
libraries="$library -ldl -pthread -lm"

# same WANT COMMAND...: the command prints what the file WANT has.
same() {
    want=$1
    shift
    if "$@" > got && cmp -s "$want" got; then
        echo "passed: $*"
    else
        echo "failed: $* printed"
        cat got
        echo "instead of"
        cat "$want"
        exit 1
    fi
}

mkdir 1 2 3
for seed in 1 2 3; do
    sst-compile $small --random-weights=$seed -o $seed/policy.o
    sst-compile $small --random-weights=$seed --emit=shared -o $seed/policy.so
done
sst-compile $small --random-weights=1 --emit=static -o 1/libpolicy.a
sst-compile $small --random-weights=1 --emit=asm -o 1/policy.s
gcc -std=gnu11 $flags "$inputs/host.c" $libraries -o host
for seed in 1 2 3; do
    ./host local:$seed/policy.so > $seed.txt
done
cat 1.txt 2.txt > 12.txt
cat 2.txt 1.txt > 21.txt
cat 1.txt 2.txt 3.txt > 123.txt
test "$(sort -u 123.txt | grep -vc -e -999)" = 3

echo "-- two shared artefacts, in and beside the global scope"
same 12.txt ./host global:1/policy.so local:2/policy.so
same 21.txt ./host global:2/policy.so local:1/policy.so
same 21.txt ./host local:2/policy.so global:1/policy.so
same 123.txt ./host global:1/policy.so global:2/policy.so local:3/policy.so
same 12.txt ./host global:1/policy.so load:2/policy.so
same 12.txt ./host load:1/policy.so load:2/policy.so
same 2.txt env LD_PRELOAD=./1/policy.so ./host local:2/policy.so

echo "-- a program that has one itself, and exports what it can"
for linker in bfd lld gold; do
    gcc -fuse-ld=$linker -x c /dev/null -shared -o /dev/null 2> /dev/null || continue
    for kind in "-no-pie -fno-pic" "-pie -fpie" "-no-pie -fpic -Wl,--gc-sections"; do
        for model in 1/policy.o 1/libpolicy.a 1/policy.s; do
            gcc -std=gnu11 -fuse-ld=$linker -rdynamic $kind $flags -DOWN "$inputs/host.c" $model $libraries -o own
            same 12.txt ./own own local:2/policy.so
            same 12.txt ./own own load:2/policy.so
            same 123.txt ./own own global:2/policy.so load:3/policy.so
        done
    done
    gcc -std=gnu11 -fuse-ld=$linker -shared -fpic $flags "$inputs/plugin.c" 2/policy.o -o plugin2.so
    g++ -x c++ -std=c++17 -fuse-ld=$linker -shared -fpic $flags "$inputs/plugin.c" -x none 3/policy.o -o plugin3.so
    same 123.txt ./own own plugin:./plugin2.so plugin:./plugin3.so
    same 21.txt ./own plugin:./plugin2.so own
    same 2.txt env LD_PRELOAD=./1/policy.so ./host plugin:./plugin2.so
done

echo "-- one that is linked with a shared artefact; at a fixed address it has a copy of the table"
for kind in "-no-pie -fno-pic" "-pie -fpie"; do
    gcc -std=gnu11 -rdynamic $kind $flags -DOWN "$inputs/host.c" 1/policy.so -Wl,-rpath,"$PWD/1" $libraries -o linked
    same 12.txt ./linked own local:2/policy.so
    same 12.txt ./linked own load:2/policy.so
    same 12.txt ./linked own global:2/policy.so
    same 12.txt ./linked own plugin:./plugin2.so
done
