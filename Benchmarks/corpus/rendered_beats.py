"""Music whose beats are known exactly: accompaniments by MMA and scores of the music21 corpus, played by fluidsynth.

Each excerpt lasts 30 s and has a tempo curve of its own (steady, drifting, wandering, stepping, rubato), timing
jitter and a start that may lie inside a bar. The truth is computed from the same curve that places the notes. An
excerpt depends on the seed and its number only, so that a rebuild gives the same truth.
"""

import concurrent.futures
from pathlib import Path

from grooves import groove_excerpt, read_grooves
from scores import score_excerpt


def build(sources: Path, listed: dict, folder: Path, workers: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    soundfont = sources / listed["soundfont"]
    grooves = read_grooves(sources, listed["grooves"])
    seed = listed["seed"]
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        work = [pool.submit(score_excerpt, i, seed, soundfont, listed["scores"], folder)
                for i in range(listed["score_excerpts"])]
        work += [pool.submit(groove_excerpt, i, seed, sources, soundfont, grooves, folder)
                 for i in range(listed["groove_excerpts"])]
        for done in work:
            done.result()
