"""Builds the development corpus from public packages: `build.py OUTPUT SOURCES`.

OUTPUT gets the folders beats, beats_real, seg and speech; SOURCES keeps the packages (about 1.2 GB unpacked). Sound is
never put into the repository: these scripts and the list of sources are. Needs fluidsynth, sox, ffmpeg, dpkg and apt.
"""

import json
import os
import sys
import time
from pathlib import Path

import fetch
import programmes
import prompts
import real_beats
import rendered_beats

HERE = Path(__file__).parent


def build(output: Path, sources: Path) -> None:
    listed = json.loads((HERE / "sources.json").read_text())
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    begun = time.monotonic()

    def step(name: str, work) -> None:
        """Runs a step once: a finished one leaves a mark."""
        mark = output / f".{name}.done"
        if not mark.exists():
            print(f"corpus: {name}", file=sys.stderr, flush=True)
            work()
            mark.touch()

    output.mkdir(parents=True, exist_ok=True)
    step("fetch", lambda: fetch.fetch(listed, HERE.parent / "requirements/readings.txt", sources))
    step("speech", lambda: prompts.build(sources, listed["prompts"], output / "speech"))
    step("beats", lambda: rendered_beats.build(sources, listed["rendered_beats"], output / "beats", workers))
    step("beats_real", lambda: real_beats.build(sources, listed["real_beats"], output / "beats_real"))
    step("seg", lambda: programmes.build(sources, listed["programmes"], output / "beats", output / "seg"))
    (output / ".complete").touch()
    print(f"corpus: built in {time.monotonic() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
