#!/bin/sh
# Compiles a model to an object, builds example.c from that object and its header alone, runs it, and looks at what the
# object needs and defines. Usage: build-and-run.sh BIN, the folder of sst-compile. Last line: "N passed, N failed".
set -u

here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$1" && pwd)
model=$here/../../Golden/edifice/p02_proj.safetensors
. "$here/../checks.sh"
cp "$here/example.c" .

strict="-Wall -Wextra -pedantic -Werror"

# shellcheck disable=SC2086
{
    check "compile to an object" "$bin/sst-compile" "$model" --name=policy -o policy.o
    check "header and JSON beside it" test -s policy.h -a -s policy.json
    check "build with C11" gcc -std=c11 $strict example.c policy.o -o example
    check "header as C++17" g++ -std=c++17 $strict -x c++ -fsyntax-only policy.h
    check "answer of the program" python3 "$here/compare.py" ./example "$model"
    check "a position-independent library" gcc -shared -Wl,--no-undefined -o libpolicy.so policy.o
    check "what the object needs" python3 "$here/symbols.py" policy.o policy

    mkdir again
    check "compile again" "$bin/sst-compile" "$model" --name=policy -o again/policy.o
    for file in policy.o policy.h policy.json; do
        check "the same bytes again: $file" cmp "$file" "again/$file"
    done

    check "compile to a static library" "$bin/sst-compile" "$model" --name=policy --emit=static -o libpolicy.a
    check "build with the static library" gcc -std=c11 $strict example.c -L. -l:libpolicy.a -o example-static
    check "answer of that program" python3 "$here/compare.py" ./example-static "$model"

    check "compile to a shared library" "$bin/sst-compile" "$model" --name=policy --emit=shared -o libpolicy2.so
    check "build with the shared library" gcc -std=c11 $strict example.c -L. -l:libpolicy2.so -Wl,-rpath,"$work" -o example-shared
    check "answer of that program" python3 "$here/compare.py" ./example-shared "$model"
}
summarise
