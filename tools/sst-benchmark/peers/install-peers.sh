#!/bin/sh
# Installs what SST is compared with: PyTorch, oneDNN, OpenBLAS and numpy with apt, ONNX Runtime with npm into a folder.
# Does nothing when everything is there. Usage: install-peers.sh [--check] FOLDER
#   FOLDER    a build folder, not the source tree; libonnxruntime.so.1 comes to FOLDER/node_modules
#   --check   only say what is missing; exit 1 if anything is
set -eu

packages="python3-torch python3-numpy python3-onnx libopenblas-openmp-dev libdnnl-dev g++"
check=""
folder=""
fail() {
    echo "install-peers.sh: error: $1" >&2
    exit "${2:-1}"
}
for argument in "$@"; do
    case $argument in
    --check) check=yes ;;
    -*) fail "unknown option '$argument'; expects --check or the name of a folder" 2 ;;
    *)
        [ -z "$folder" ] || fail "expects one folder, but got also '$argument'" 2
        folder=$argument
        ;;
    esac
done
[ -n "$folder" ] || fail "expects the name of a build folder for ONNX Runtime" 2
here=$(cd "$(dirname "$0")" && pwd)
case $(realpath -m "$folder") in
"$here" | "$here"/*) fail "'$folder' is in the source tree; expects a build folder" 2 ;;
esac

missing=""
for package in $packages; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
missing=${missing# }
runtime=$(find "$folder/node_modules/onnxruntime-node" -path '*/linux/x64/libonnxruntime.so.1' 2>/dev/null || true)

if [ -n "$check" ]; then
    [ -z "$missing" ] || echo "missing packages: $missing" >&2
    [ -n "$runtime" ] || echo "missing in $folder: onnxruntime-node" >&2
    [ -z "$missing" ] && [ -n "$runtime" ]
    exit
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# quietly WHAT COMMAND...: runs the command; shows the end of its output if it fails.
quietly() {
    what=$1
    shift
    "$@" >"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        fail "$what failed; is there a network?"
    }
}

if [ -n "$missing" ]; then
    command -v apt-get >/dev/null || fail "this system has no apt-get; install by its own means: $missing"
    sudo=""
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || fail "not root and no sudo without a password; run as root: apt-get install --no-install-recommends $missing"
        sudo="sudo"
    fi
    echo "Installing with apt: $missing"
    export DEBIAN_FRONTEND=noninteractive
    quietly "apt-get update" $sudo apt-get update
    # shellcheck disable=SC2086
    quietly "apt-get install" $sudo apt-get install -y --no-install-recommends $missing
fi
if [ -z "$runtime" ]; then
    command -v npm >/dev/null || fail "no npm, which brings ONNX Runtime; install Node.js with npm (Debian: npm)"
    echo "Installing with npm into $folder: onnxruntime-node"
    mkdir -p "$folder"
    quietly "npm install" npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund onnxruntime-node@latest
    # The package has the libraries of all systems; only this one's is used.
    find "$folder/node_modules/onnxruntime-node/bin" -type d \( -name darwin -o -name win32 -o -name arm64 \) -prune -exec rm -rf {} +
fi
echo "All peers are installed"
