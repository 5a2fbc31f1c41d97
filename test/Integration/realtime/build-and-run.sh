#!/bin/sh
# Builds runtime/examples/realtime from the object and header of a compiled model alone and runs it, mostly without
# waiting between frames. Nothing here depends on how long something takes. Usage: build-and-run.sh BIN, the folder of
# sst-compile. Last line: "N passed, N failed".
set -u

here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$1" && pwd)
example=$here/../../../runtime/examples/realtime
golden=$here/../../Golden/edifice
. "$here/../checks.sh"

# expect TEXT: whether the program of the last check printed this.
expect() {
    cp log output
    check "it says '$1'" grep -F -- "$1" output
    cp output log
}
# exits CODE COMMAND...
exits() {
    wanted=$1
    shift
    "$@"
    got=$?
    [ "$got" = "$wanted" ] || { echo "expects exit code $wanted, but got $got" && false; }
}
strict="-std=c11 -O2 -Wall -Wextra -pedantic -Werror -I."

# shellcheck disable=SC2086
{
    check "compile" "$bin/sst-compile" "$golden/p07_seq60.safetensors" --name=policy -o policy.o
    check "build" gcc $strict "$example/realtime.c" "$example/plot.c" policy.o -o realtime
    check "build with clang" clang-22 $strict -Wconversion "$example/realtime.c" "$example/plot.c" policy.o -o other
    check "make a recording" "$example/record.py" "$golden/p07_seq60.safetensors" rows.f32
    check "its size" test "$(wc -c <rows.f32)" = $((60 * 24 * 4))

    check "run on a recording" timeout 120 ./realtime --input rows.f32 --frames=130 --fast --svg plot.svg
    expect "rows.f32, 60 rows of 24"
    expect "the same bits as window in 130 of 130 frames"
    expect "which happened 2 times, after 60 rows each"
    check "the plot" python3 -c '
import sys, xml.etree.ElementTree as tree
lines = tree.parse(sys.argv[1]).getroot().findall("{http://www.w3.org/2000/svg}polyline")
points = [line.get("points").split() for line in lines]
assert [len(line) for line in points] == [130] * 3, points
assert all(len([float(number) for number in point.split(",")]) == 2 for line in points for point in line)' plot.svg

    check "run in real time, every answer late" timeout 120 ./realtime --frames 8 --hz 200 --deadline-ms 0.00001
    expect "random numbers, 1000 rows of 24"
    expect "the same bits as window in 8 of 8 frames"
    cp log output
    check "late answers are counted" test "$(awk '$1 ~ /^(window|ahead|step)$/ && $5 == 8' output | wc -l)" = 3
    check "faster than the model can be" timeout 120 ./realtime --frames 8 --hz 1000000 --piece-ms 0.000001
    expect "the same bits as window in 8 of 8 frames"
    check "one frame" timeout 120 ./realtime --frames 1 --fast --svg one.svg

    head -c 100 rows.f32 >short.f32
    : >empty.f32
    check "rows of another size" exits 1 ./realtime --input short.f32 --fast
    expect "short.f32: expects rows of 96 bytes (24 float32), but got 100 bytes"
    check "no rows" exits 1 ./realtime --input empty.f32 --fast
    check "no file" exits 1 ./realtime --input nowhere.f32 --fast
    expect "nowhere.f32: No such file or directory"
    check "a plot that cannot be written" exits 1 ./realtime --frames 2 --fast --svg nowhere/plot.svg
    for wrong in --frames=0 --frames=x --hz=-1 --frames --nonsense=1; do
        check "bad usage: $wrong" exits 2 ./realtime "$wrong"
    done

    check "compile a window of one row" "$bin/sst-compile" "$golden/p05_seq1_conv1.safetensors" --name=policy -o policy.o
    check "build with it" gcc $strict "$example/realtime.c" "$example/plot.c" policy.o -o single
    check "run it" timeout 120 ./single --frames 5 --fast
    expect "the same bits as window in 5 of 5 frames"
}
summarise
