#!/bin/bash
# The whole recipe, one command: train.sh WORKDIR. Needs Debian 12, ffmpeg, fluidsynth, flite, espeak-ng, and a Python with
# numpy, scipy, soundfile, mido, pyworld (`pyworld-prebuilt`) and torch (CPU). About 8 GB of downloads and an hour on two cores.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
WORK=$1
PYTHON=${PYTHON:-python3}
mkdir -p "$WORK"
[ -d "$WORK/usr" ] || bash "$HERE/fetch.sh" "$WORK"
$PYTHON "$HERE/render.py" --solo 60 --out "$WORK/rendered" --midi "$WORK/usr/share/games/openttd" \
    "$WORK/usr/share/planetblupi" --fonts "$WORK/usr/share/sounds/sf2/FluidR3_GM.sf2" \
    "$WORK/usr/share/sounds/sf3/MuseScore_General_Full.sf3" "$WORK/usr/share/sounds/sf2/OPL-3_FM_128M.sf2"
$PYTHON "$HERE/pool.py" --root "$WORK" --out "$WORK/spoken.npz"
$PYTHON "$HERE/singing.py" --pool "$WORK/spoken.npz" --out "$WORK/sung" --voices 45 --songs 6
$PYTHON "$HERE/pool.py" --root "$WORK" --out "$WORK/pool.npz"
swift build -c release --package-path "$HERE/tools" --scratch-path "$WORK/tools"
# Programmes of these groups judge; they are in no programme that is trained on.
HELD=speech:ast_armelle,speech:tuxpaint_de,speech:nexuiz_tutor,speech:hedgewars_British,speech:klettres_fr,speech:ktuberling_nl
HELD=$HELD,singing:sung_fillets,music:hyperrogue,music:asc,music:widelands,other:stk,other:endless,other:aircraft
mix() { # seed, programmes, share of music made by arithmetic, --hold or --only
    $PYTHON "$HERE/programmes.py" --pool "$WORK/pool.npz" --out "$WORK/programmes/$1" --n "$2" --seed "$1" --synthetic "$3" "$4" "$HELD"
    "$WORK/tools/release/SceneFeatures" "$WORK/programmes/$1"/*.s16
}
mix 90 16 0 --only
folders=()
while read -r seed synthetic; do
    mix "$seed" 100 "$synthetic" --hold
    folders+=("$WORK/programmes/$seed")
done << 'SETS'
11 0
12 0.2
13 0
14 0.1
15 0
16 0.1
17 0
18 0.1
19 0
20 0.1
SETS
$PYTHON "$HERE/train.py" --train "${folders[@]}" --valid "$WORK/programmes/90" --steps 9000 --seed 7 \
    --checkpoint "$WORK/scene.pt" --out "$HERE/../../Sources/Analysis/Scene/SceneNetworkWeights.swift"
