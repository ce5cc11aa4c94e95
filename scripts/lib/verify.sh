# shellcheck shell=bash
# Files are trusted by SHA-256. Computing it each time would be slow, so bootstrap.stamp remembers for which size and
# modification time of a file it was last seen right: "SHA-256 size time path", one line a file.

stamp_file() { printf '%s' "$CACHE/bootstrap.stamp"; }

# is_intact FILE SHA256: the file is there with these contents.
is_intact() {
    local file="$1" expected="$2" line
    [ -n "$expected" ] && [ -f "$file" ] || return 1
    line="$expected $(file_facts "$file") ${file#"$CACHE"/}"
    grep -qxF -- "$line" "$(stamp_file)" 2>/dev/null && return 0
    [ "$(sha256 "$file")" = "$expected" ] || return 1
    remember "$file" "$line"
}

# remember FILE LINE: replaces the file's line in the stamp.
remember() {
    forget "$1"
    printf '%s\n' "$2" >>"$(stamp_file)" 2>/dev/null || true
}

forget() {
    local stamp part
    stamp="$(stamp_file)"
    part="$stamp.$$.part"
    [ -f "$stamp" ] || return 0
    { grep -vF -- " ${1#"$CACHE"/}" "$stamp" >"$part" || true; } 2>/dev/null
    mv -f "$part" "$stamp" 2>/dev/null || true
}

# verify FILE SHA256: for --check; looks at the contents, whatever the stamp says.
verify() {
    local found
    if [ ! -f "$1" ]; then
        printf 'missing: %s\n' "$1" >&2
        return 1
    fi
    found="$(sha256 "$1")"
    if [ "$found" != "$2" ]; then
        forget "$1"
        printf 'damaged: %s\n  expected %s\n  found    %s\n' "$1" "$2" "$found" >&2
        return 1
    fi
    say "intact: $1"
}

# list_sums FOLDER...: SHA-256 and name of every file below.
list_sums() {
    local name
    find "$@" -type f | LC_ALL=C sort | while read -r name; do printf '%s  %s\n' "$(sha256 "$name")" "$name"; done
}

# files_are_intact FOLDER: every file of its SHA256SUMS is.
files_are_intact() {
    local sum name
    [ -f "$1/SHA256SUMS" ] || return 1
    while read -r sum name; do
        is_intact "$1/$name" "$sum" || return 1
    done <"$1/SHA256SUMS"
}

# verify_files FOLDER: for --check.
verify_files() {
    local sum name wrong=0
    if [ ! -f "$1/SHA256SUMS" ]; then
        printf 'missing: %s\n' "$1" >&2
        return 1
    fi
    while read -r sum name; do
        verify "$1/$name" "$sum" || wrong=1
    done <"$1/SHA256SUMS"
    return "$wrong"
}

check_every_file() {
    local wrong=0
    missing_packages_text >&2 || wrong=1
    check_downloads || wrong=1
    check_models || wrong=1
    check_environments || wrong=1
    [ "$wrong" = 0 ] || fail "vouch for every part" "see above" "run scripts/bootstrap: it repairs them"
}
