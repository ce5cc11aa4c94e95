"""More rendered music with known beats: `renders.py SOURCES OUTPUT`, after the corpus of the benchmarks was built.

It calls the benchmark's own renderers on the sources listed there, with other seeds and with up to three sound fonts, where
the development set has one. SOURCES are the unpacked packages, OUTPUT gets one folder a set.
"""

import argparse
import concurrent.futures
import json
import os
import random
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[2] / "Benchmarks/corpus"
sys.path.insert(0, str(CORPUS))

import fetch  # noqa: E402
import grooves  # noqa: E402
import numpy as np  # noqa: E402
import performance  # noqa: E402
import scores  # noqa: E402

FLUID = "usr/share/sounds/sf2/FluidR3_GM.sf2"
FLUID_MONO = "usr/share/fluidr3mono-gm-soundfont/FluidR3Mono_GM.sf3"
OPL3 = "usr/share/sounds/sf2/OPL-3_FM_128M.sf2"
OWN_PACKAGES = ["opl3-soundfont"]  # which the benchmark does not need
# `more_fonts` was to have 260 excerpts of grooves and 60 of scores; the first 249 were there when the shipped weights
# were fitted. An excerpt depends on seed, number and sound fonts only, so these 249 are what comes out again.
SETS = {
    "more": dict(seed=777, grooves=140, scores=60, soundfonts=[FLUID, FLUID_MONO]),
    "more_fonts": dict(seed=4242, grooves=249, scores=0, soundfonts=[FLUID, FLUID_MONO, OPL3]),
}


def finish(output: Path, rng: random.Random, soundfonts: list, piece: dict, truth: dict) -> None:
    """`performance.finish`, but with a choice among sound fonts; draws in the same order."""
    positions, times = performance.tempo_curve(
        rng, truth["feel"], piece["quarters_a_minute"], piece["quarters"] + 8)
    lead = rng.uniform(0.05, 0.8)

    def at(quarter: float) -> float:
        return float(np.interp(quarter, positions, times)) + lead

    jitter = truth["jitter_ms"] / 1000
    notes = []
    for on, off, channel, pitch, velocity in piece["notes"]:
        if at(on) > performance.SECONDS:
            continue
        shift = rng.gauss(0, jitter) if jitter else 0
        velocity = max(1, min(127, int(velocity * rng.uniform(0.92, 1.08))))
        notes.append((at(on) + shift, at(off) + shift, channel, pitch, velocity))
    soundfont = rng.choice(soundfonts)
    with tempfile.TemporaryDirectory() as folder:
        midi = os.path.join(folder, "piece.mid")
        controls = [(at(q) if q > 0 else 0, channel, message) for q, channel, message in piece["controls"]]
        performance.write_midi(midi, notes, controls)
        performance.render(midi, output.with_suffix(".flac"), soundfont, rng.choice([0, 1]))
    first = min(note[0] for note in notes) - 0.02
    last = min(performance.SECONDS, max(note[0] for note in notes) + 0.2)
    beats, downbeats = ([round(at(q), 4) for q in piece[key] if first <= at(q) <= last]
                        for key in ("beats", "downbeats"))
    tempo = round(float(60 / np.median(np.diff(beats))), 2)
    truth.update(beats=beats, downbeats=downbeats, tempo_bpm=tempo, soundfont=soundfont.name)
    output.with_suffix(".json").write_text(json.dumps(truth))


grooves.finish = scores.finish = finish  # here, so that worker processes have it, too


def build(sources: Path, output: Path) -> None:
    listed = json.loads((CORPUS / "sources.json").read_text())["rendered_beats"]
    if not (sources / OPL3).exists():
        fetch.fetch_debian(OWN_PACKAGES, sources)
    library = grooves.read_grooves(sources, listed["grooves"])
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        work = []
        for name, recipe in SETS.items():
            folder, seed = output / name, recipe["seed"]
            folder.mkdir(parents=True, exist_ok=True)
            fonts = [sources / font for font in recipe["soundfonts"]]
            # An excerpt that has its truth is complete: the truth is written last.
            work += [pool.submit(grooves.groove_excerpt, i, seed, sources, fonts, library, folder)
                     for i in range(recipe["grooves"]) if not (folder / f"mma_{i:03d}.json").exists()]
            work += [pool.submit(scores.score_excerpt, i, seed, fonts, listed["scores"], folder)
                     for i in range(recipe["scores"]) if not (folder / f"m21_{i:03d}.json").exists()]
        for done in work:
            done.result()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    build(arguments.sources.resolve(), arguments.output.resolve())
