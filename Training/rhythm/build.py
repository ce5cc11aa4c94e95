"""Renders the training music: `build.py SOURCES OUTPUT [--minutes M]`. What is there is not made again; run it until it says done.

An excerpt has its truth written last, so one with truth is complete; and it depends on its seed and number only.
"""

import argparse
import concurrent.futures
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Benchmarks/corpus"))
import grooves  # noqa: E402
import scores  # noqa: E402
import songs  # noqa: E402
import stems  # noqa: E402

SOURCES_LIST = Path(__file__).resolve().parents[2] / "Benchmarks/corpus/sources.json"
SEED = 9173
COUNTS = {"song": 480, "metal": 180, "mma": 1500, "m21": 230, "click": 20}

grooves.finish = scores.finish = stems.finish  # here, so that worker processes have it, too


def make(kind: str, number: int, sources: Path, output: Path, listed: dict, library: list) -> None:
    try:
        if kind in ("song", "metal"):
            songs.song_excerpt(number, SEED, sources, output, kind)
        elif kind == "click":
            songs.metronome_excerpt(number, SEED, sources, output)
        elif kind == "mma":
            grooves.groove_excerpt(number, SEED, sources, sources, library, output)
        else:
            scores.score_excerpt(number, SEED, sources, listed["scores"], output)
    except Exception as error:  # noqa: BLE001 - one bad excerpt of thousands
        print(f"{kind} {number}: {error!r}", file=sys.stderr, flush=True)


def build(sources: Path, output: Path, minutes: float) -> bool:
    listed = json.loads(SOURCES_LIST.read_text())["rendered_beats"]
    library = grooves.read_grooves(sources, listed["grooves"])
    output.mkdir(parents=True, exist_ok=True)
    digits = {"song": 4, "metal": 4, "click": 4, "mma": 3, "m21": 3}
    # Interleaved, so that a part of the set is a fair sample of it.
    work = sorted(((i + 0.5) / count, kind, i) for kind, count in COUNTS.items() for i in range(count))
    work = [(kind, i) for _, kind, i in work if not (output / f"{kind}_{i:0{digits[kind]}d}.json").exists()]
    end = time.monotonic() + minutes * 60
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        waiting = []
        for number, (kind, i) in enumerate(work):
            waiting.append(pool.submit(make, kind, i, sources, output, listed, library))
            if len(waiting) > 8:
                waiting.pop(0).result()
            if time.monotonic() > end:
                print(f"{number + 1} of {len(work)} made; run again for the rest")
                return False
    return True


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--minutes", type=float, default=1e9)
    arguments = parser.parse_args()
    done = build(arguments.sources.resolve(), arguments.output.resolve(), arguments.minutes)
    print("done" if done else "not done")
