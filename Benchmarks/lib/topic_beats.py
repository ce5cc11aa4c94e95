"""Beats: us and four peers on the development corpus, on freshly made music and on made signals; then speed and memory."""

import concurrent.futures
import json
import os
import sys
import time
from pathlib import Path

import clicks
import corpus
import cueline
import measure
import numpy as np
import peers
import places
import score_beats
import soundfile
from scipy.signal import resample_poly
from score_beats import COLUMNS, score
from table import Check, Report

PEERS = ("librosa", "aubio", "essentia", "madmom")
REQUIRED = {"F": 0.93, "CMLt": 0.88, "AMLt": 0.95, "downbeat F": 0.80}  # of freshly made music
LEAST_RECORDED_BARS = 0.40
SPEED, SPEED_OVER_MADMOM = 300, 20
LENGTHS = (60, 600, 3600)


def fresh_seed() -> int:
    """`CUELINE_BENCH_SEED`, or another one each day that nobody has tuned on."""
    return int(os.environ.get("CUELINE_BENCH_SEED") or time.strftime("%Y%m%d"))


def fresh_music() -> Path:
    """The corpus' renderers with a new seed: 36 grooves and 18 scores, built once for a seed."""
    seed = fresh_seed()
    folder = places.CACHE / "fresh-beats" / str(seed)
    if not (folder / ".complete").exists():
        sys.path.insert(0, str(places.BENCHMARKS / "corpus"))
        import fetch
        import rendered_beats

        listed = json.loads((places.BENCHMARKS / "corpus/sources.json").read_text())
        fetch.fetch_debian([p for p in listed["debian"] if p == "mma" or "soundfont" in p], places.SOURCES)
        rendered_beats.build(places.SOURCES, {**listed["rendered_beats"], "seed": seed}, folder, os.cpu_count() or 1)
        (folder / ".complete").touch()
    return folder


def peer(name: str, recordings: list):
    """Beats by stem, and seconds of sound for each CPU second."""
    output = places.fresh_folder(f"beats-{name}") / "found.json"
    cost = peers.run_measured(name, [sys.executable, Path(__file__).parent / "peer_beats.py", name, output, *recordings])
    found = json.loads(output.read_text())
    return found["results"], found["seconds"] / found["cpu_seconds"], cost.peak_megabytes


def ours(recordings: list, folder: str) -> dict:
    found = cueline.analyze(recordings, places.fresh_folder(folder), "--language", "en")
    return {stem: cueline.beats(summary) for stem, summary in found.items()}


def without_bars(results: dict) -> dict:
    return {stem: {"downbeats": [], **found} for stem, found in results.items()}


def accuracy() -> list:
    report = Report("beats", "Beats: mir_eval, 70 ms, first 2 s left out",
                    ["set", "files", "system", *COLUMNS, "bias ms"])
    seed = fresh_seed()
    sets = {"rendered": corpus.recordings("beats"), f"fresh, seed {seed}": corpus.read(fresh_music()),
            "recorded": corpus.recordings("beats_real")}
    for name, (recordings, truth) in sets.items():
        found = {"cueline": ours(recordings, "beats-ours")}
        found |= {system: without_bars(peer(system, recordings)[0]) for system in PEERS}
        scores = {system: score(results, truth) for system, results in found.items()}
        for system, values in scores.items():
            bars = system not in ("aubio", "essentia")
            report.add(name, len(recordings), system,
                       *(values[column] if bars or column != "downbeat F" else None for column in COLUMNS),
                       score_beats.bias_ms(found[system], truth))
        if name.startswith("fresh"):
            report.checks += [Check(f"{measured}, fresh", scores["cueline"][measured], ">=", limit)
                              for measured, limit in REQUIRED.items()]
        if name == "recorded":
            report.checks += [Check(f"{measured}, recorded, above Essentia's", scores["cueline"][measured], ">",
                                    round(scores["essentia"][measured], 4)) for measured in ("F", "AMLt")]
            report.checks.append(Check("downbeat F, recorded", scores["cueline"]["downbeat F"], ">=", LEAST_RECORDED_BARS))
    report.notes.append("librosa knows no downbeats: every fourth beat is taken, as the older code base did.")
    return [report]


def signals() -> Report:
    """Signals whose beats are where they were put: what a person hears at once."""
    report = Report("beat signals", "Made signals: means over the files",
                    ["signal", "files", "system", "F", "CMLt", "downbeat F", "bias ms"])
    groups = clicks.write_signals(places.fresh_folder("signals"))
    everything = [track.path for tracks in groups.values() for track in tracks]
    found = {"cueline": ours(everything, "signals-ours")}
    found |= {system: without_bars(peer(system, everything)[0]) for system in PEERS}
    for name, tracks in groups.items():
        truth = {track.path.stem: dict(beats=track.times, downbeats=track.downbeats) for track in tracks}
        for system, results in found.items():
            part = {stem: results[stem] for stem in truth}
            if name == "speech only":
                report.add(name, len(tracks), system, float(sum(len(f["beats"]) for f in part.values())), None, None, None)
                continue
            values = score(part, truth)
            bars = values["downbeat F"] if tracks[0].downbeats and system not in ("aubio", "essentia") else None
            bias = score_beats.bias_ms(part, truth)
            report.add(name, len(tracks), system, values["F"], values["CMLt"], bars, bias)
            if system != "cueline":
                continue
            for measured, limit in clicks.REQUIRED.get(name, {}).items():
                report.checks.append(Check(f"{measured}, {name}", values[measured], ">=", limit))
            if name == "clicks":
                report.checks.append(Check("|bias| on clicks, ms", None if bias is None else abs(bias), "<=", 10))
    spoken = sum(len(found["cueline"][track.path.stem]["beats"]) for track in groups["speech only"])
    report.checks.append(Check("beats on speech", spoken, "<=", 0))
    report.notes.append("speech only: F is the number of beats found; there are none.")
    return report


def stage_command(output: Path, files: list) -> list:
    return [Path(cueline.binary()).parent / "beats-bench", output, *files]


def write_lengths(folder: Path) -> None:
    """The development recordings one after the other, again and again, for each of LENGTHS."""
    parts = []
    for recording in corpus.recordings("beats")[0]:
        samples, rate = soundfile.read(recording, dtype="float32")
        parts.append(samples if rate == 22050 else resample_poly(samples, 22050, rate))
    sound = np.concatenate(parts)
    for length in LENGTHS:
        samples = np.tile(sound, length * 22050 // len(sound) + 1)[: length * 22050].astype("<f4")
        samples.tofile(folder / f"{length}.f32")
        soundfile.write(folder / f"{length}.wav", samples, 22050)


def costs() -> Report:
    """The stage alone, from samples in memory or on disk to beats, beside the peers from samples to beats; one core."""
    report = Report("beat costs", "Speed and memory on one core: seconds of sound for each CPU second, and peak MB",
                    ["seconds", "system", "x real time", "peak MB"])
    folder = places.fresh_folder("beat-costs")
    # In a process of its own: a child counts with its parent's memory until it has become another program.
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        pool.submit(write_lengths, folder).result()
    speeds, peaks = {}, {}
    for length in LENGTHS:
        output = folder / "found.json"
        cost = measure.run(stage_command(output, [folder / f"{length}.f32"]))
        if cost.status:
            raise cueline.Unavailable("beats-bench is not built: swift build -c release --product beats-bench")
        measured = json.loads(output.read_text())
        speeds[length], peaks[length] = measured["seconds"] / measured["cpu_seconds"], cost.peak_megabytes
        report.add(length, "cueline (rhythm stage)", speeds[length], peaks[length])
        for system in PEERS if length == LENGTHS[0] else ("librosa",):
            _, speed, peak = peer(system, [folder / f"{length}.wav"])
            speeds[system, length] = speed
            report.add(length, system, speed, peak)
    report.checks += [
        Check("x real time", speeds[LENGTHS[-1]], ">=", SPEED),
        Check("x madmom's speed", speeds[LENGTHS[0]] / speeds["madmom", LENGTHS[0]], ">=", SPEED_OVER_MADMOM),
        Check(f"memory of {LENGTHS[-1]} s over {LENGTHS[1]} s", peaks[LENGTHS[-1]] / peaks[LENGTHS[1]], "<=", 1.1)]
    report.notes.append(f"librosa's speed is {speeds['librosa', LENGTHS[-1]] / speeds[LENGTHS[-1]]:.2f} times ours on the longest.")
    return report


def run() -> list:
    return [*accuracy(), signals(), costs()]
