# shellcheck shell=bash
# Python environments of the tests, in the cache: CACHE/NAME/<digits>, made from a requirements.txt that names every version and
# SHA-256, with the folder named after that file's contents; .installed, its copy, comes last. NAME is one of these:
#
#   readers  readers of other people: what we export, they have to read
#   servers  servers of other people, which the library's stores are tested on

# OpenTimelineIO comes built for these.
ENVIRONMENT_PYTHONS='(3, 11) <= sys.version_info[:2] <= (3, 13)'

environment_is_wanted() {
    case "$1" in
        readers) [ "$WITH_READERS" = yes ] ;;
        servers) [ "$WITH_SERVERS" = yes ] ;;
    esac
}

environment_requirements() {
    case "$1" in
        readers) printf '%s' "$PACKAGE_ROOT/Tests/Readers/requirements.txt" ;;
        servers) printf '%s' "$PACKAGE_ROOT/Tests/TestServers/requirements.txt" ;;
    esac
}

# A module whose import shows that the environment's Python still works.
environment_probe() {
    case "$1" in
        readers) echo mido ;;
        servers) echo moto ;;
    esac
}

environment_folder() {
    printf '%s/%s/%s' "$CACHE" "$1" "$(sha256 "$(environment_requirements "$1")" | cut -c1-10)"
}

# An environment lasts no longer than the Python that it was made with.
environment_is_ready() {
    local folder
    environment_is_wanted "$1" || return 0
    folder="$(environment_folder "$1")"
    cmp -s "$(environment_requirements "$1")" "$folder/.installed" &&
        "$folder/bin/python" -c "import $(environment_probe "$1")" >/dev/null 2>&1
}

environments_are_ready() {
    environment_is_ready readers && environment_is_ready servers
}

# environment_python: the command of a Python that can carry them; nothing where there is none.
environment_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
        if [ -n "$candidate" ] && "$candidate" -c "import sys; sys.exit(not $ENVIRONMENT_PYTHONS)" 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
}

# Debian's Python makes environments only with python3-venv; every other brings what that takes.
missing_packages_of_environments() {
    local python
    if environments_are_ready; then return; fi
    python="$(environment_python)"
    if [ -z "$python" ]; then
        package_name python3-venv python@3.13
    elif ! "$python" -c 'import ensurepip' 2>/dev/null; then
        package_name python3-venv python@3.13
    fi
}

prepare_environments() {
    local name
    for name in readers servers; do
        environment_is_ready "$name" || step "installed the $name of the tests" install_environment "$name"
    done
}

install_environment() {
    local name="$1" folder python remedy="check the network and pip's settings, then run again"
    folder="$(environment_folder "$name")"
    python="$(environment_python)"
    [ -n "$python" ] || fail "install the $name of the tests" "there is no Python 3.11, 3.12 or 3.13" \
        "install one; PYTHON may name it"
    # Environments cannot be moved: what an interrupted run left in the place is begun anew.
    discard_environment "$folder"
    mkdir -p "$CACHE/$name"
    UNFINISHED="$folder"
    logged "$name-environment" "make a Python environment" "$remedy" "$python" -m venv "$folder"
    logged "$name" "install the $name of the tests" "$remedy" env PIP_REQUIRE_VIRTUALENV=0 \
        "$folder/bin/python" -m pip install --no-input --disable-pip-version-check --progress-bar off \
        --no-deps --require-hashes --only-binary :all: --requirement "$(environment_requirements "$name")"
    cp "$(environment_requirements "$name")" "$folder/.installed.part"
    mv -f "$folder/.installed.part" "$folder/.installed"
    # shellcheck disable=SC2034 # lib/report.sh uses it
    UNFINISHED=
    remove_earlier_environments "$name" "$folder"
}

# discard_environment FOLDER: without .installed nobody takes what is half removed.
discard_environment() { rm -f "$1/.installed" && rm -rf "$1"; }

# The environments of earlier requirements, 200 MB each. The caller holds the lock.
remove_earlier_environments() {
    local folder
    for folder in "$CACHE/$1"/*; do
        if [[ "${folder##*/}" =~ ^[0-9a-f]{10}$ ]] && [ -d "$folder" ] && [ "$folder" != "$2" ]; then
            discard_environment "$folder" || say "could not remove $folder, which nothing uses"
        fi
    done
}

check_environments() {
    local wrong=0
    check_environment readers || wrong=1
    check_environment servers || wrong=1
    return "$wrong"
}

# Where one was installed, every file that pip put there, whether this run was asked for it or not. What is damaged counts
# as not installed: the next run with it begins it anew.
check_environment() {
    local name="$1" folder requirements
    folder="$(environment_folder "$name")"
    requirements="$(environment_requirements "$name")"
    if [ ! -e "$folder/.installed" ]; then
        environment_is_wanted "$name" || return 0
        printf 'missing: %s\n' "$folder" >&2
        return 1
    fi
    if cmp -s "$requirements" "$folder/.installed" && "$folder/bin/python" -I -B \
        "$PACKAGE_ROOT/Tests/Readers/verify_installed.py" "$requirements"; then
        say "intact: $folder"
        return
    fi
    rm -f "$folder/.installed"
    printf 'damaged: %s\n  to repair it, run scripts/bootstrap --with %s\n' "$folder" "$name" >&2
    return 1
}
