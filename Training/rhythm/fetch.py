"""Fetches and unpacks what the training music is made of: `fetch.py SOURCES`. Nothing is installed.

Grooves, scores and speech are those that `Benchmarks/corpus/sources.json` lists; sound fonts, drum kits and LMMS' projects are added
here. None of it is in the part that is kept for evaluation.
"""

import json
import sys
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[2] / "Benchmarks/corpus"
sys.path.insert(0, str(CORPUS))
import fetch  # noqa: E402

OWN_PACKAGES = ["musescore-general-soundfont", "opl3-soundfont", "avldrums.lv2-soundfont", "hydrogen-data", "hydrogen-drumkits",
                "lmms-common"]

if __name__ == "__main__":
    sources = Path(sys.argv[1]).resolve()
    fetch.fetch(json.loads((CORPUS / "sources.json").read_text()), CORPUS.parent / "requirements/readings.txt", sources)
    fetch.fetch_debian(OWN_PACKAGES, sources)
