#!/bin/bash
# The whole recipe, one command: train.sh WORKDIR. Needs Debian 12, ffmpeg, fluidsynth, flite, espeak-ng, and a Python with
# numpy, scipy, soundfile, mido and torch (CPU). About 4 GB of downloads and 40 minutes on two cores.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
WORK=$1
PYTHON=${PYTHON:-python3}
mkdir -p "$WORK"
[ -d "$WORK/usr" ] || bash "$HERE/fetch.sh" "$WORK"
$PYTHON "$HERE/render.py" --solo 60 --out "$WORK/rendered" --midi "$WORK/usr/share/games/openttd" \
    "$WORK/usr/share/planetblupi" --fonts "$WORK/usr/share/sounds/sf2/FluidR3_GM.sf2" \
    "$WORK/usr/share/sounds/sf3/MuseScore_General_Full.sf3" "$WORK/usr/share/sounds/sf2/OPL-3_FM_128M.sf2"
$PYTHON "$HERE/pool.py" --root "$WORK" --out "$WORK/pool.npz"
swift build -c release --package-path "$HERE/tools" --scratch-path "$WORK/tools"
folders=()
while read -r seed count synthetic; do
    folder=$WORK/programmes/$seed
    $PYTHON "$HERE/programmes.py" --pool "$WORK/pool.npz" --out "$folder" --n "$count" --seed "$seed" --synthetic "$synthetic"
    "$WORK/tools/release/SceneFeatures" "$folder"/*.s16
    folders+=("$folder")
done << 'SETS'
1 130 0
2 130 0
3 200 0
4 120 0.3
5 120 0.1
SETS
$PYTHON "$HERE/train.py" --train "${folders[@]}" --steps 5000 --seed 7 --checkpoint "$WORK/scene.pt" \
    --out "$HERE/../../Sources/Analysis/Scene/SceneNetworkWeights.swift"
