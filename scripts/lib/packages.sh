# shellcheck shell=bash
# System packages, installed only for commands that are needed and missing.

# Names the packages of the commands that this run needs and cannot find, one a line.
missing_packages() {
    missing_command ffmpeg ffmpeg ffmpeg
    missing_command ffprobe ffmpeg ffmpeg
    # The library's database; its header, for the build. macOS brings both.
    sqlite_is_ready || package_name libsqlite3-dev sqlite
    # Its other one, for many machines.
    postgresql_header_is_ready || package_name libpq-dev libpq
    # The tests of the service ask it as a user would.
    missing_command curl curl curl
    if ! models_are_ready; then
        missing_command python3 python3 python
        python3 -m pip --version >/dev/null 2>&1 || package_name python3-pip python
    fi
    missing_packages_of_servers
    missing_packages_of_environments
    missing_packages_of_browser
}

# The servers of the tests. Ceph runs on Linux only.
missing_packages_of_servers() {
    if servers_are_ready; then return; fi
    [ -n "$(postgresql_program)" ] || package_name postgresql postgresql
    [ "$PLATFORM" = linux ] || return 0
    command -v radosgw >/dev/null || echo radosgw
    command -v ceph-mon >/dev/null || echo ceph-mon
    command -v ceph-osd >/dev/null || echo ceph-osd
    if ! command -v ceph >/dev/null || ! command -v radosgw-admin >/dev/null; then echo ceph-common; fi
}

servers_are_ready() {
    local command
    [ "$WITH_SERVERS" = yes ] || return 0
    [ -n "$(postgresql_program)" ] || return 1
    [ "$PLATFORM" = linux ] || return 0
    for command in radosgw radosgw-admin ceph-mon ceph-osd ceph monmaptool; do
        command -v "$command" >/dev/null || return 1
    done
}

# Debian keeps the server's programs out of PATH.
postgresql_program() {
    command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' || true
}

# missing_command COMMAND DEBIAN_PACKAGE HOMEBREW_PACKAGE
missing_command() {
    command -v "$1" >/dev/null || package_name "$2" "$3"
}

package_name() {
    if [ "$PLATFORM" = macos ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi
}

system_commands_are_ready() {
    command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null && command -v curl >/dev/null && sqlite_is_ready &&
        postgresql_header_is_ready && servers_are_ready
}

sqlite_is_ready() {
    [ "$PLATFORM" = macos ] || [ -e /usr/include/sqlite3.h ] || [ -e /usr/local/include/sqlite3.h ]
}

# Where Debian, others and Homebrew have it.
postgresql_header_is_ready() {
    local folder
    for folder in /usr/include/postgresql /usr/include /opt/homebrew/opt/libpq/include /usr/local/opt/libpq/include; do
        [ ! -e "$folder/libpq-fe.h" ] || return 0
    done
    return 1
}

# For --check: says which packages are missing; fails when one is.
missing_packages_text() {
    local package wrong=0
    for package in $(missing_packages | sort -u); do
        printf 'missing: system package %s\n' "$package"
        wrong=1
    done
    return "$wrong"
}

install_system_packages() {
    local packages
    # Names without blanks, one a line: word splitting is meant.
    packages="$(missing_packages | sort -u | xargs)"
    [ -n "$packages" ] || return 0
    if [ "$PLATFORM" = macos ]; then
        step "installed $packages" install_with_homebrew "$packages"
    elif command -v apt-get >/dev/null; then
        step "installed $packages" install_with_apt "$packages"
    else
        fail "install system packages" "neither apt-get nor Homebrew is here" \
            "install these, then run again: $packages" 69
    fi
}

install_with_apt() {
    local packages="$1" prefix=() install
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null || { ! sudo -n true 2>/dev/null && [ ! -t 0 ]; }; then
            fail "install system packages" "this needs root, and sudo cannot be used here" \
                "run as root, then run again: apt-get update && apt-get install -y --no-install-recommends $packages" 69
        fi
        prefix=(sudo)
    fi
    # shellcheck disable=SC2206
    install=(${prefix[@]+"${prefix[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -q -y
        -o DPkg::Lock::Timeout=400 install --no-install-recommends $packages)
    local update=(${prefix[@]+"${prefix[@]}"} apt-get -q -o DPkg::Lock::Timeout=400 update)
    local log
    log="$(mktemp)"
    apt_lists_exist || "${update[@]}" >>"$log" 2>&1 || true
    case " $packages " in
        *" postgresql "*) keep_clusters_from_starting ${prefix[@]+"${prefix[@]}"} ;;
    esac
    if ! "${install[@]}" >>"$log" 2>&1; then
        "${update[@]}" >>"$log" 2>&1 || true
        if ! "${install[@]}" >>"$log" 2>&1; then
            tail -n 12 "$log" | sed 's/^/  | /' >&2
            fail "install system packages" "apt-get failed twice; its last lines are above, all of them in $log" \
                "mend the package system, or install these yourself: $packages" 69
        fi
    fi
    rm -f "$log"
}

# Debian's postgresql makes a cluster and starts it when it is installed. The tests make their own: nothing is to be left
# running. Who has settings already keeps them.
keep_clusters_from_starting() {
    local settings=/etc/postgresql-common/createcluster.conf
    [ ! -e "$settings" ] || return 0
    "$@" mkdir -p "${settings%/*}"
    printf 'create_main_cluster = false\n' | "$@" tee "$settings" >/dev/null
}

apt_lists_exist() {
    compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null
}

install_with_homebrew() {
    local packages="$1"
    command -v brew >/dev/null || fail "install system packages" "Homebrew is not here" \
        "install Homebrew, or install these yourself: $packages" 69
    # shellcheck disable=SC2086
    brew install $packages >&2 || fail "install system packages" "brew install failed" "run: brew install $packages" 69
}
