#!/bin/sh
# Installs with apt what building SST needs and what is missing. Does nothing, and needs neither root nor a network, when
# everything is there. Usage: tools/scripts/install-deps.sh [--tests] [--check]
#   --tests   also what only the tests and checks need
#   --check   only say what is missing; exit 1 if anything is
set -eu

packages="llvm-22-dev libmlir-22-dev mlir-22-tools llvm-22-tools clang-22 lld-22 ninja-build cmake gcc g++ binutils ccache
libgtest-dev libbenchmark-dev libjemalloc-dev libssl-dev python3"
check=""
for argument in "$@"; do
    case $argument in
    # bochs emulates a CPU with AVX-512, qemu-user runs AArch64 programs; python3-psutil lets lit end a test that hangs.
    --tests) packages="$packages clang-format-22 clang-tidy-22 libclang-rt-22-dev python3-psutil bochs bochs-term libc6-dev
        qemu-user g++-aarch64-linux-gnu" ;;
    --check) check=yes ;;
    *)
        echo "install-deps.sh: error: unknown option '$argument'; expects --tests or --check" >&2
        exit 2
        ;;
    esac
done

missing=""
for package in $packages; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
missing=${missing# }

if [ -z "$missing" ]; then
    exit 0
fi
if [ -n "$check" ]; then
    echo "install-deps.sh: missing packages: $missing" >&2
    exit 1
fi

fail() {
    echo "install-deps.sh: error: $1" >&2
    echo "install-deps.sh: the missing packages are: $missing" >&2
    echo "install-deps.sh: LLVM 22 comes from Debian 12 with its security updates (bookworm-security), or a later Debian" >&2
    exit 1
}

command -v apt-get >/dev/null || fail "this system has no apt-get; install LLVM, MLIR and Clang 22, CMake, Ninja, GoogleTest, Google Benchmark and Python 3 by its own means"
sudo=""
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || fail "not root and no sudo without a password; run as root: apt-get install --no-install-recommends $missing"
    sudo="sudo"
fi
# shellcheck disable=SC2086 # a list
set -- $missing
echo "Installing $# packages, and what they need:" "$@"
export DEBIAN_FRONTEND=noninteractive
progress=$(dirname "$0")/show-progress.sh
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # sudo may be empty
if ! "$progress" "$log" $sudo apt-get update; then
    tail -n 5 "$log" >&2
    fail "apt-get update failed; is there a network?"
fi
# shellcheck disable=SC2086
if ! "$progress" "$log" $sudo apt-get install -y --no-install-recommends "$@"; then
    tail -n 15 "$log" >&2
    fail "apt-get install failed"
fi
