#!/bin/sh
# Runs a static x86-64 Linux program on an emulated CPU with AVX-512 (Bochs, model Skylake-X): see README.md.
#
#   run-v4.sh [option...] <program | source.c object.o archive.a...> [-- <argument>...]
#
# The program's standard output, standard error and exit status become this script's.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cpu=corei7_skylake_x
memory=256
timeout=600
rom=
verbose=
compiler=${CC:-cc}
work=$(mktemp -d "${TMPDIR:-/tmp}/run-v4.XXXXXX")
machine=
# shellcheck disable=SC2317 # reached through trap
clean_up() {
  [ -z "$machine" ] || { kill "$machine"; wait "$machine"; } 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
mkdir "$work/archive"

usage() {
  cat <<TEXT
usage: run-v4.sh [option...] <program | source.c object.o archive.a...> [-- <argument>...]
  --file=<path>[:<name>]  a file the program can open as <name> (default: the last part of <path>); repeatable
  --rom=<path>            a ROM that build-rom.sh made (default: build one, half a second)
  --memory=<MiB>          RAM of the machine, 32 to 1024 (default 256)
  --cpu=<model>           Bochs CPU model (default corei7_skylake_x; corei7_haswell_4770 has AVX2 only)
  --timeout=<seconds>     give up after this many seconds (default 600)
  --verbose               say on standard error how many instructions ran and how fast
Several inputs, or one that is no program, are compiled and linked first, with
\$CC \$CFLAGS -O2 -static -no-pie <inputs> -lm.
Exit status: the program's; 128+n if it stopped on CPU exception n; 124 timeout; 125 the machine failed; 2 bad usage.
TEXT
}

fail() {
  status=$1
  shift
  echo "run-v4: error: $*" >&2
  exit "$status"
}

# The ELF type of a file (2: executable with fixed addresses), or nothing when it is no ELF file.
elf_type() {
  [ "$(head -c 4 "$1" | od -An -tx1 | tr -d ' \n')" = 7f454c46 ] || return 0
  od -An -j16 -N1 -tu1 "$1" | tr -d ' \n'
}

add_file() {
  path=${1%%:*}
  name=${path##*/}
  case $1 in *:*) name=${1#*:} ;; esac
  [ -r "$path" ] || fail 2 "$path: no such file"
  case $name in program | arguments) fail 2 "$path: '$name' is a reserved name, use --file=$path:<name>" ;; esac
  mkdir -p "$work/archive/$(dirname "$name")"
  cp "$path" "$work/archive/$name"
}

inputs=
count=0
while [ $# -gt 0 ]; do
  case $1 in
    --file=*) add_file "${1#*=}" ;;
    --memory=*) memory=${1#*=} ;;
    --rom=*) rom=${1#*=} ;;
    --cpu=*) cpu=${1#*=} ;;
    --timeout=*) timeout=${1#*=} ;;
    --verbose) verbose=1 ;;
    --help) usage; exit 0 ;;
    --) shift; break ;;
    -*) fail 2 "$1: unknown option, see --help" ;;
    *) [ -r "$1" ] || fail 2 "$1: no such file"
       [ "$(elf_type "$1")" != 3 ] || fail 2 "$1: expects fixed addresses, link it with -static -no-pie"
       inputs="$inputs
$1"; count=$((count + 1)); last=$1 ;;
  esac
  shift
done
[ "$count" -gt 0 ] || { usage >&2; exit 2; }
case $memory$timeout in
  *[!0-9]*) fail 2 "--memory and --timeout expect whole numbers, but got '$memory' and '$timeout'" ;;
esac
if [ "$memory" -lt 32 ] || [ "$memory" -gt 1024 ]; then fail 2 "--memory expects 32 to 1024, but got $memory"; fi
for tool in bochs-bin tar timeout; do
  command -v $tool >/dev/null || fail 125 "$tool: not found, install the packages that README.md lists"
done
: >"$work/archive/arguments"
printf 'program\0' >>"$work/archive/arguments"
for argument; do printf '%s\0' "$argument" >>"$work/archive/arguments"; done

# The program: as given, or linked from the inputs.
if [ "$count" = 1 ] && [ "$(elf_type "$last")" = 2 ]; then
  cp "$last" "$work/archive/program"
else
  old_ifs=$IFS
  IFS='
'
  set -f
  # shellcheck disable=SC2086 # one word per line
  set -- $inputs
  IFS=$old_ifs
  # shellcheck disable=SC2086 # CFLAGS is a list
  $compiler ${CFLAGS-} -O2 -static -no-pie -o "$work/archive/program" "$@" -lm ||
    fail 125 "$*: does not compile and link"
  set +f
fi

# The machine: its ROM, its disk, its configuration.
if [ -z "$rom" ]; then
  rom=$work/machine.rom
  "$here/build-rom.sh" "$rom" || fail 125 "$here: the ROM does not build"
fi
tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$work/archive" -cf "$work/disk.img" .
cylinder=516096 # 16 heads of 63 sectors: what Bochs expects the size of a disk to be a multiple of
size=$(wc -c <"$work/disk.img")
truncate -s $(((size + cylinder - 1) / cylinder * cylinder)) "$work/disk.img"
vga=${BXSHARE:-/usr/share/bochs}/VGABIOS-lgpl-latest
[ -r "$vga" ] || fail 125 "$vga: not found, install the package bochs"
sed -e "s|@rom@|$rom|" -e "s|@vga@|$vga|" -e "s|@cpu@|$cpu|" -e "s|@memory@|$memory|g" -e "s|@work@|$work|g" \
  "$here/bochsrc.in" >"$work/bochsrc"
echo continue >"$work/debugger" # Debian's Bochs is built with its debugger, which waits for a command

started=$(date +%s%N)
emulator=0
# Bochs does not always end on SIGTERM, hence --kill-after.
TERM=${TERM:-xterm} timeout --kill-after=1 "$timeout" bochs-bin -q -f "$work/bochsrc" -rc "$work/debugger" \
  </dev/null >"$work/screen" 2>&1 &
machine=$!
wait "$machine" || emulator=$?
machine=
ended=$(date +%s%N)

cat "$work/output" 2>/dev/null || true
[ -e "$work/error" ] || : >"$work/error"
status=$(tail -n 1 "$work/error" | sed -n 's/^exit-status 0*\([0-9][0-9]*\)$/\1/p')
if [ -z "$status" ]; then
  cat "$work/error" >&2
  case $emulator in 124 | 137) fail 124 "$last: still running after $timeout seconds, raise --timeout" ;; esac
  grep -h 'PANIC' "$work/log" >&2 || tail -n 5 "$work/screen" >&2
  fail 125 "$last: the machine stopped without an exit status"
fi
head -c -17 "$work/error" >&2 # without "\nexit-status nnn\n"
if [ "$verbose" ]; then
  steps=$(sed -n 's/^0*\([0-9]*\)p.*Shutdown port.*/\1/p' "$work/log" | head -n 1)
  milliseconds=$(((ended - started) / 1000000))
  echo "run-v4: $steps instructions in $milliseconds ms, $((steps / milliseconds / 1000)) million per second" >&2
fi
exit "$status"
