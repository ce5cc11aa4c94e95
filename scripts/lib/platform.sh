# shellcheck shell=bash
# Differences between Linux and macOS, and the lock.

if [ "$(uname -s)" = Darwin ]; then
    # Written for macOS with Homebrew; not yet tried on one.
    PLATFORM=macos
    file_facts() { stat -Lf '%z %m' "$1"; }
else
    # shellcheck disable=SC2034
    PLATFORM=linux
    file_facts() { stat -Lc '%s %Y' "$1"; }
fi

# sha256 [FILE]: of the file, else of standard input.
if command -v sha256sum >/dev/null; then
    sha256() { sha256sum "$@" | cut -d' ' -f1; }
else
    sha256() { shasum -a 256 "$@" | cut -d' ' -f1; }
fi

# Holds the cache for this process and its children.
take_lock() {
    command -v flock >/dev/null || return 0
    exec 9>"$CACHE/.lock"
    flock -n 9 && return
    say "another bootstrap is at work in $CACHE: waiting for it"
    flock 9
}

# Everything unfinished has a name that ends so, made under the lock: what an interrupted run left can go. So can the libraries that
# earlier versions built and fetched.
remove_leftovers() {
    rm -rf "$CACHE"/downloads/{*.part,openvino-*.whl} "$CACHE"/models/*.part "$CACHE"/*.part "$CACHE"/whisper "$CACHE"/openvino
}
