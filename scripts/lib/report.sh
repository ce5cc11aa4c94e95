# shellcheck shell=bash
# What the user reads: one line for each step that does something, and errors that say step, cause and remedy.

say() {
    [ "$QUIET" = yes ] || printf '%s\n' "$1"
}

# fail STEP CAUSE REMEDY [STATUS]: a folder named in UNFINISHED goes too, so that the next run does not trip over it.
fail() {
    [ -z "${UNFINISHED:-}" ] || rm -rf "$UNFINISHED"
    {
        printf 'bootstrap: cannot %s\n' "$1"
        printf '  cause: %s\n' "$2"
        printf '  to do: %s\n' "$3"
    } >&2
    exit "${4:-1}"
}

# step DESCRIPTION COMMAND...: runs the command, then prints one line with the seconds that it took.
step() {
    local description="$1" begin=$SECONDS
    shift
    "$@"
    say "$description ($((SECONDS - begin)) s)"
}

# logged NAME STEP REMEDY COMMAND...: runs the command with its output in a log; on failure shows the end of it.
logged() {
    local log="$CACHE/logs/$1.log" what="$2" remedy="$3"
    shift 3
    mkdir -p "$CACHE/logs"
    if ! "$@" >"$log" 2>&1; then
        tail -n 12 "$log" | sed 's/^/  | /' >&2
        fail "$what" "the command failed; its last lines are above, all of them in $log" "$remedy"
    fi
}
