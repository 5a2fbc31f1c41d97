#!/bin/sh
# Runs a command with its output in a file and says how far it is: at once when that has something new to tell, then not
# more often than every SST_PROGRESS_SECONDS (default 10) seconds. Each time a whole line, so that it can be read in a
# log, too. The exit code is that of the command; an interrupt ends it as well.
# Usage: tools/scripts/show-progress.sh LOG COMMAND...
set -u

log=$1
shift
seconds=${SST_PROGRESS_SECONDS:-10}
start=$(date +%s)

# The last thing that the command has said of how far it is: ninja's "[12/150] Building ...", apt's "Setting up ...".
latest() {
    tail -c 4096 "$log" | tr '\r' '\n' |
        grep -E '^(\[[0-9]+/[0-9]+\]|Get:|Unpacking |Setting up |Fetched |Processing )' | tail -n 1 |
        sed -e 's/ CXX object.*\// /' -e 's/ C object.*\// /' | cut -c 1-90
}

: >"$log"
"$@" >"$log" 2>&1 &
command=$!
trap 'kill "$command" 2>/dev/null; wait "$command" 2>/dev/null; exit 130' INT TERM HUP

said=""
passed=0
while kill -0 "$command" 2>/dev/null; do
    now=$(latest)
    if [ "$passed" -ge "$seconds" ]; then
        printf '   %s s  %s\n' "$(($(date +%s) - start))" "${now:-working}"
        passed=0
        said=$now
    elif [ -z "$said" ] && [ -n "$now" ]; then
        printf '   %s s  %s\n' "$(($(date +%s) - start))" "$now"
        said=$now
    fi
    sleep 1
    passed=$((passed + 1))
done
code=0
wait "$command" || code=$?
exit "$code"
