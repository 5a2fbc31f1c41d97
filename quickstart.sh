#!/bin/sh
# From a fresh clone to a compiled model: installs what is missing, builds, compiles a real model, runs it, and compares
# it with what Edifice computed. Then the default option set, for its speed, and in a loop with a deadline. Less than a
# minute when everything is built already.
set -eu

root=$(cd "$(dirname "$0")" && pwd)
build=${SST_BUILD:-$root/build}
bin=$build/bin
model=test/Golden/edifice/p01_edifice_test.safetensors
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

title() { printf '\n== %s\n\n' "$1"; }
seconds() { date +%s.%N; }
# since START: the seconds since then, with one decimal.
since() { awk -v a="$1" -v b="$(seconds)" 'BEGIN { printf "%.1f", b - a }'; }
# show COMMAND...: prints the command as one would type it in the repository's folder, then runs it with indented output.
# Files without a folder are in $work.
show() {
    printf '   $'
    for word in "$@"; do
        case $word in
        "$bin"/*) printf ' build/bin/%s' "${word##*/}" ;;
        "$root"/*) printf ' %s' "${word#"$root"/}" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    (cd "$work" && "$@") >"$work/output" 2>&1 || {
        sed 's/^/     /' "$work/output"
        echo "quickstart.sh: error: this command failed" >&2
        exit 1
    }
    sed 's/^/     /' "$work/output"
}
kilobytes() { awk -v bytes="$(wc -c <"$1")" 'BEGIN { printf "%.0f KB", bytes / 1000 }'; }

title "Build (the first time takes some minutes)"
start=$(seconds)
"$root/tools/scripts/build.sh" sst-compile sst-run sst-benchmark
echo "   sst-compile, sst-run and sst-benchmark are in build/bin; $(since "$start") s"

title "A model with the weights, an input and the output of Edifice"
start=$(seconds)
show "$bin/sst-compile" "$root/$model" --emit=shared -o g.so --dump-stages=stages --report
echo "     compiled in $(since "$start") s, with all its stages written down"
echo
show "$bin/sst-run" g.so --input "$root/$model" --compare "$root/$model"
echo
echo "   The first numbers of the output, batch x hidden_size"
"$bin/sst-run" "$work/g.so" --input "$root/$model" --output "$work/output.safetensors" >/dev/null
python3 - "$root/test/Integration" "$work/output.safetensors" "$root/$model" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import tensors
for who, path in ("SST", sys.argv[2]), ("Edifice", sys.argv[3]):
    print(f"     {who:8}" + "  ".join(f"{value:+.6f}" for value in tensors.read(path)[0]["output"][1][:6]) + "  ...")
PYTHON

echo
echo "   What the stages of compilation look like (sst-compile --dump-stages writes them)"
printf '     %-28s %9s %9s\n' stage lines size
for file in "$work"/stages/*.mlir "$work"/stages/*.ll "$work"/stages/*.s; do
    [ -f "$file" ] || continue
    name=${file##*/}
    name=${name#p01_edifice_test.}
    printf '     %-28s %9s %9s\n' "$name" "$(wc -l <"$file")" "$(kilobytes "$file")"
done
echo
echo "   What was made"
for file in g.so g.h g.json; do
    printf '     %-28s %19s\n' "$file" "$(kilobytes "$work/$file")"
done

title "Edifice's default options, 256 channels and 6 blocks, without training"
start=$(seconds)
show "$bin/sst-compile" --embed-dim=256 --random-weights=1 --emit=shared -o default.so
echo "     compiled in $(since "$start") s to $(kilobytes "$work/default.so"), weights included"
echo
echo "   One window of 60 rows again and again, against what this machine can do"
show "$bin/sst-benchmark" default.so --threads=1,2 --min-time=1

title "A loop with a deadline: the same model as an object in a C program, without any library"
example=$root/runtime/examples/realtime
show "$bin/sst-compile" --embed-dim=256 --random-weights=1 --name=policy -o policy.o
show cc -std=c11 -O2 -I. "$example/realtime.c" "$example/plot.c" policy.o -o realtime
echo
echo "   30 rows a second, each answered in three ways: at once, ahead of time with the same bits, and as a stream"
show ./realtime --hz=30 --frames=30

title "Next"
cat <<'TEXT'
   build/bin/sst-compile --help         options, targets, what can be written
   build/bin/sst-benchmark MODEL.so --phases
                                        where the time of a model goes, op by op
   build/bin/sst-compile MODEL.safetensors -o policy.o
                                        an object and a header for your C or C++ program
   runtime/examples/realtime/README.md  the loop above
   ./check.sh                           every test there is
   README.md                            where everything lives
TEXT
