# shellcheck shell=bash
# Readers of other people for the tests: what we export, they have to read. A Python environment in the cache, from
# Tests/Readers/requirements.txt, with the folder named after that file's contents; .installed, its copy, comes last.

# OpenTimelineIO comes built for these.
READERS_PYTHONS='(3, 11) <= sys.version_info[:2] <= (3, 13)'

readers_requirements() { printf '%s' "$PACKAGE_ROOT/Tests/Readers/requirements.txt"; }

readers_folder() {
    if [ -z "${READERS_FOLDER:-}" ]; then
        READERS_FOLDER="$CACHE/readers/$(sha256 "$(readers_requirements)" | cut -c1-10)"
    fi
}

# An environment lasts no longer than the Python that it was made with.
readers_are_ready() {
    [ "$WITH_READERS" = yes ] || return 0
    readers_folder
    cmp -s "$(readers_requirements)" "$READERS_FOLDER/.installed" &&
        "$READERS_FOLDER/bin/python" -c 'import mido' >/dev/null 2>&1
}

# readers_python: the command of a Python that can carry them; nothing where there is none.
readers_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
        if [ -n "$candidate" ] && "$candidate" -c "import sys; sys.exit(not $READERS_PYTHONS)" 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
}

# Debian's Python makes environments only with python3-venv; every other brings what that takes.
missing_packages_of_readers() {
    local python
    if [ "$WITH_READERS" = no ] || readers_are_ready; then return; fi
    python="$(readers_python)"
    if [ -z "$python" ]; then
        package_name python3-venv python@3.13
    elif ! "$python" -c 'import ensurepip' 2>/dev/null; then
        package_name python3-venv python@3.13
    fi
}

prepare_readers() {
    readers_are_ready && return
    readers_folder
    step "installed the readers of the tests" install_readers
}

install_readers() {
    local python remedy="check the network and pip's settings, then run again"
    python="$(readers_python)"
    [ -n "$python" ] || fail "install the readers of the tests" "there is no Python 3.11, 3.12 or 3.13" \
        "install one; PYTHON may name it"
    # Environments cannot be moved: what an interrupted run left in the place is begun anew.
    discard_readers "$READERS_FOLDER"
    mkdir -p "$CACHE/readers"
    UNFINISHED="$READERS_FOLDER"
    logged readers-environment "make a Python environment" "$remedy" "$python" -m venv "$READERS_FOLDER"
    logged readers "install the readers of the tests" "$remedy" env PIP_REQUIRE_VIRTUALENV=0 \
        "$READERS_FOLDER/bin/python" -m pip install --no-input --disable-pip-version-check --progress-bar off \
        --no-deps --require-hashes --only-binary :all: --requirement "$(readers_requirements)"
    cp "$(readers_requirements)" "$READERS_FOLDER/.installed.part"
    mv -f "$READERS_FOLDER/.installed.part" "$READERS_FOLDER/.installed"
    # shellcheck disable=SC2034 # lib/report.sh uses it
    UNFINISHED=
    remove_earlier_readers
}

# discard_readers FOLDER: without .installed nobody takes what is half removed.
discard_readers() { rm -f "$1/.installed" && rm -rf "$1"; }

# The environments of earlier requirements, 200 MB each. The caller holds the lock.
remove_earlier_readers() {
    local folder
    for folder in "$CACHE"/readers/*; do
        if [[ "${folder##*/}" =~ ^[0-9a-f]{10}$ ]] && [ -d "$folder" ] && [ "$folder" != "$READERS_FOLDER" ]; then
            discard_readers "$folder" || say "could not remove $folder, which nothing uses"
        fi
    done
}

# Where they were installed, every file that pip put there, whether this run was asked for them or not. What is damaged
# counts as not installed: the next run with readers begins it anew.
check_readers() {
    readers_folder
    if [ ! -e "$READERS_FOLDER/.installed" ]; then
        [ "$WITH_READERS" = yes ] || return 0
        printf 'missing: %s\n' "$READERS_FOLDER" >&2
        return 1
    fi
    if cmp -s "$(readers_requirements)" "$READERS_FOLDER/.installed" && "$READERS_FOLDER/bin/python" -I -B \
        "$PACKAGE_ROOT/Tests/Readers/verify_installed.py" "$(readers_requirements)"; then
        say "intact: $READERS_FOLDER"
        return
    fi
    rm -f "$READERS_FOLDER/.installed"
    printf 'damaged: %s\n  to repair it, run scripts/bootstrap --with readers\n' "$READERS_FOLDER" >&2
    return 1
}
