#!/usr/bin/env bash
# Renews requirements.txt from requirements.in: every version and every SHA-256. Needs `uv`. Complete, to be installed
# with `pip install --no-deps --require-hashes`.
set -euo pipefail
cd "$(dirname "$0")"

uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --generate-hashes --upgrade \
    --only-binary :all: requirements.in --output-file requirements.txt
