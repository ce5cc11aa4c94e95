#!/bin/bash
# The whole recipe, one command: train.sh WORKDIR. Needs Debian 12, ffmpeg, fluidsynth, sox, Swift and Python 3.11 or later
# (PYTHON may name it). About 4 GB of disk and 20 minutes on two cores. Steps that are done are not
# done again. The weights go to WORKDIR/RhythmWeights.swift: look at the figures before you copy them into the sources.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BENCHMARKS=$HERE/../../Benchmarks
mkdir -p "$1"
WORK=$(cd "$1" && pwd)
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1

# The Python packages of the benchmarks, versions and hashes pinned.
if [ ! -e "$WORK/venv/.complete" ]; then
    "${PYTHON:-python3}" -m venv "$WORK/venv"
    for group in corpus librosa score; do
        "$WORK/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes \
            --requirement "$BENCHMARKS/requirements/$group.txt"
    done
    touch "$WORK/venv/.complete"
fi
PYTHON=$WORK/venv/bin/python

# Truth and sound: the development corpus, more renders of its sources, drum machines.
"$PYTHON" "$BENCHMARKS/corpus/build.py" "$WORK/corpus" "$WORK/sources"
"$PYTHON" "$HERE/renders.py" "$WORK/sources" "$WORK/corpus"
"$PYTHON" "$HERE/drum_machines.py" "$WORK/corpus/generated"

# Readings of the pulse, by the product's own code.
swift build -c release --package-path "$HERE/tools" --scratch-path "$WORK/tools"
for name in beats beats_real more more_fonts generated; do
    mkdir -p "$WORK/readings/$name"
    for file in "$WORK/corpus/$name"/*.flac "$WORK/corpus/$name"/*.f32; do
        [ -e "$file" ] || continue
        samples=$WORK/readings/$name/$(basename "${file%.*}").f32
        case $file in
        *.f32) cp "$file" "$samples" ;;
        *) [ -s "$samples" ] || ffmpeg -nostdin -v error -y -i "$file" -ac 1 -ar 22050 -f f32le "$samples" ;;
        esac
    done
    "$WORK/tools/release/RhythmReadings" "$WORK/readings/$name"/*.f32
done

"$PYTHON" "$HERE/fit.py" --truths "$WORK/corpus" --readings "$WORK/readings" --out "$WORK/RhythmWeights.swift" \
    --compare "$HERE/../../Sources/Analysis/Rhythm/RhythmWeights.swift"
