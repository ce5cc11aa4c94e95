# shellcheck shell=bash
# Differences between Linux and macOS, and the lock.

if [ "$(uname -s)" = Darwin ]; then
    # Written for macOS with Homebrew; not yet tried on one.
    PLATFORM=macos
    LIBRARY_SUFFIX=dylib
    LOADER_FOLDER='@loader_path'
    file_facts() { stat -Lf '%z %m' "$1"; }
    processor_facts() { uname -m; sysctl -n machdep.cpu.brand_string; sysctl hw.optional 2>/dev/null; }
    processor_count() { sysctl -n hw.ncpu; }
else
    # shellcheck disable=SC2034
    PLATFORM=linux
    # shellcheck disable=SC2034
    LIBRARY_SUFFIX=so
    # shellcheck disable=SC2016,SC2034
    LOADER_FOLDER='$ORIGIN'
    file_facts() { stat -Lc '%s %Y' "$1"; }
    processor_facts() {
        uname -m
        awk -F: '/^$/ { exit }
            /^(vendor_id|model name|flags|Features|CPU (implementer|architecture|variant|part))[ \t]*:/' /proc/cpuinfo
    }
    processor_count() { nproc; }
fi

# sha256 [FILE]: of the file, else of standard input.
if command -v sha256sum >/dev/null; then
    sha256() { sha256sum "$@" | cut -d' ' -f1; }
else
    sha256() { shasum -a 256 "$@" | cut -d' ' -f1; }
fi

# Holds the cache for this process and its children: a build that outlives a killed run finishes before the next starts.
take_lock() {
    command -v flock >/dev/null || return 0
    exec 9>"$CACHE/.lock"
    flock -n 9 && return
    say "another bootstrap is at work in $CACHE: waiting for it"
    flock 9
}

# Everything unfinished has a name that ends so, made under the lock: what an interrupted run left can go. Only this
# processor's half-finished build stays, to be continued.
remove_leftovers() {
    local part
    whisper_folder
    for part in "$CACHE"/downloads/*.part "$CACHE"/models/*.part "$CACHE"/whisper/*.part "$CACHE"/openvino/*.part "$CACHE"/*.part; do
        [ "$part" = "$WHISPER_FOLDER.part" ] || rm -rf "$part"
    done
}
