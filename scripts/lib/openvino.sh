# shellcheck shell=bash
# OpenVINO's runtime, unpacked from its wheel: what runs Whisper's encoder on this processor, and the headers of its C interface.

OPENVINO_VERSION=2026.4.1
OPENVINO_SERIAL=2641

# Elsewhere, and with a whisper library of the user's own, whisper.cpp encodes by itself.
openvino_is_offered() {
    [ "$WITH_WHISPER" = yes ] && [ -z "$OWN_INCLUDE" ] && [ "$(uname -s) $(uname -m)" = "Linux x86_64" ]
}

openvino_folder() { printf '%s' "$CACHE/openvino/$OPENVINO_VERSION"; }

openvino_is_ready() {
    openvino_is_offered || return 0
    [ "$(readlink "$CACHE/openvino/current")" = "$OPENVINO_VERSION" ] && files_are_intact "$(openvino_folder)"
}

prepare_openvino() {
    openvino_is_ready && return
    if ! files_are_intact "$(openvino_folder)"; then
        ensure_download "$OPENVINO_WHEEL"
        step "unpacked OpenVINO $OPENVINO_VERSION" unpack_openvino
    fi
    ln -sfn "$OPENVINO_VERSION" "$CACHE/openvino/current"
}

# The processor's part of the runtime only: 90 of 160 MB.
unpack_openvino() {
    local folder part
    folder="$(openvino_folder)"
    part="$folder.part"
    rm -rf "$part"
    mkdir -p "$part/lib" "$part/include" "$part/unpacked"
    logged unpack-openvino "unpack $OPENVINO_WHEEL" "look whether the disk is full, then run again" \
        python3 -m zipfile -e "$CACHE/downloads/$OPENVINO_WHEEL" "$part/unpacked"
    (
        cd "$part/unpacked/openvino"
        mv "libs/libopenvino.so.$OPENVINO_SERIAL" "libs/libopenvino_c.so.$OPENVINO_SERIAL" \
            "libs/libopenvino_ir_frontend.so.$OPENVINO_SERIAL" libs/libopenvino_intel_cpu_plugin.so libs/libtbb.so.12 ../../lib
        mkdir ../../include/openvino
        mv include/openvino/c ../../include/openvino/c
        mv "../openvino-$OPENVINO_VERSION.dist-info/licenses" ../../licences
    ) || fail "unpack $OPENVINO_WHEEL" "it holds other files than expected" "report it: the pin is outdated"
    ln -s "libopenvino_c.so.$OPENVINO_SERIAL" "$part/lib/libopenvino_c.so"
    rm -rf "$part/unpacked"
    (cd "$part" && list_sums lib include) >"$part/SHA256SUMS.part"
    mv "$part/SHA256SUMS.part" "$part/SHA256SUMS"
    rm -rf "$folder"
    mv "$part" "$folder"
}

check_openvino() {
    openvino_is_offered || return 0
    verify_files "$(openvino_folder)"
}
