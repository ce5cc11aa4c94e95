#!/bin/bash
# The whole recipe: train.sh WORKDIR [MINUTES]. Run it again to go on: what is done is not done again, and with MINUTES
# (default: no limit) a step that takes long stops after that time. Needs Debian 12 with apt's package index, ffmpeg, fluidsynth, lmms,
# Swift and Python 3.11 (PYTHON may name it); about 8 GB of disk and three hours on two cores. Weights and golden files go to
# WORKDIR/product: look at the figures before you copy them into the sources.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BENCHMARKS=$HERE/../../Benchmarks
MINUTES=${2:-100000}
NARROW_STEPS=18500
MIDDLE_STEPS=9000
STEPS=6000
mkdir -p "$1"
WORK=$(cd "$1" && pwd)
export PYTHONDONTWRITEBYTECODE=1

# The Python packages of the benchmarks, versions and hashes pinned; torch for processors only, where pip finds that build.
install() { "$WORK/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement "$1"; }
if [ ! -e "$WORK/venv/.complete" ]; then
    "${PYTHON:-python3}" -m venv "$WORK/venv"
    for group in corpus librosa score; do install "$BENCHMARKS/requirements/$group.txt"; done
    if install "$BENCHMARKS/requirements/torch-cpu.txt" 2>/dev/null; then
        install "$HERE/torch-imports.txt"
    else
        install "$BENCHMARKS/requirements/torch-any.txt"
    fi
    touch "$WORK/venv/.complete"
fi
PYTHON=$WORK/venv/bin/python

# Packages with music to play and sounds to play it with; nothing is installed. Then the development corpus, to judge by.
mkdir -p "$WORK/sources"
"$PYTHON" "$HERE/fetch.py" "$WORK/sources"
"$PYTHON" "$BENCHMARKS/corpus/build.py" "$WORK/corpus" "$WORK/sources"

# Music as stems, then as recordings and features.
"$PYTHON" "$HERE/projects.py" "$WORK/sources" "$WORK/stems"
"$PYTHON" "$HERE/build.py" "$WORK/sources" "$WORK/stems" --minutes "$MINUTES" | tee "$WORK/build.log"
[ "$(tail -1 "$WORK/build.log")" = done ] || exit 0
"$PYTHON" "$HERE/sounds.py" "$WORK/stems" "$WORK/sources" "$WORK/features" --copies 2

# The network, and how it does with the product's decoder.
swift build -c release --package-path "$HERE/tools" --scratch-path "$WORK/tools"
train() { # checkpoint, steps, options
    "$PYTHON" "$HERE/train.py" "$WORK/features" "$WORK/stems" "$1" --steps "$2" --minutes "$MINUTES" "${@:3}" | tee "$WORK/train.log"
    grep -q "^step $2 of" "$WORK/train.log"
}
train "$WORK/narrow.pt" "$NARROW_STEPS" --channels 48 || exit 0
train "$WORK/middle.pt" "$MIDDLE_STEPS" --channels 64 --widen "$WORK/narrow.pt" --rate 2e-3 || exit 0
train "$WORK/rhythm.pt" "$STEPS" --widen "$WORK/middle.pt" --rate 2e-3 --dropout 0 || exit 0
"$PYTHON" "$HERE/evaluate.py" "$WORK/rhythm.pt" "$WORK/tools/release/RhythmDecoding" "$WORK/corpus/beats" \
    "$WORK/corpus/beats_real" --held-out "$WORK/stems" "$WORK/features"
mkdir -p "$WORK/product"
"$PYTHON" "$HERE/weights.py" "$WORK/rhythm.pt" "$WORK/product/RhythmNetworkWeights.swift" --golden "$WORK/product/Golden"
