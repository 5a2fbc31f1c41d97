# Counts checks of shell scripts; sourced by those that build and run the examples. Works in a new folder, which is
# removed at the end.

label=$(basename "$here")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

passed=0 failed=0
# check WHAT COMMAND...: one check; prints what the command printed, which stays in the file log, if it fails.
check() {
    what=$1
    shift
    if "$@" >log 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$label: $what:"
        sed 's/^/    /' log
    fi
}
# summarise: prints the last line; returns the exit code.
summarise() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}
