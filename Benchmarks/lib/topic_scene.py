"""Scene: us and five peers on the development corpus and on freshly mixed programmes, what our confidences are worth,
made signals; then speed and memory."""

import concurrent.futures
import json
import shutil
import sys
from pathlib import Path

import corpus
import cueline
import measure
import numpy as np
import peers
import places
import soundfile
from score_scene import BINS, KINDS, reliability, score
from table import Check, Report
from topic_beats import fresh_seed

PEERS = {"ina": "inaSpeechSegmenter", "split+silero": "old rule + Silero", "split+webrtcvad": "old rule + webrtcvad",
         "split+truth": "old rule + true speech", "silero": "Silero alone"}
MEASURED = ("ina", "split+silero", "split+webrtcvad", "silero")
REQUIRED = {"macro-F1": 0.86, "accuracy": 0.88, "speech F1": 0.93, "music F1 under speech": 0.75}  # of fresh programmes
ONSET_MS = {"median": 30, "p95": 120}
SPEED = 250
LENGTHS = (60, 600, 3600)
GROWTH = 1.3  # of memory from ten minutes to an hour: the stage keeps a few numbers for each 10 ms, never the sound
RATE = 16000


def listed() -> dict:
    return json.loads((places.BENCHMARKS / "corpus/sources.json").read_text())["scene_fresh"]


def in_own_process(work, *arguments):
    """A measured child counts with its parent's memory until it has become another program: ours is kept small."""
    try:
        with concurrent.futures.ProcessPoolExecutor(1) as pool:
            return pool.submit(work, *arguments).result()
    except SystemExit as error:  # how the corpus' scripts fail
        raise cueline.Unavailable(str(error)) from error


def corpus_scripts():
    """The corpus' scripts, which are no package."""
    sys.path.insert(0, str(places.BENCHMARKS / "corpus"))
    import fetch
    import programmes

    return fetch, programmes


def fetch_sources() -> None:
    """What the fresh programmes are mixed from, once for each list."""
    mark = places.SOURCES / ".scene-fresh"
    wanted = json.dumps([listed()["debian"], listed()["archives"]])
    if not mark.exists() or mark.read_text() != wanted:
        in_own_process(fetch_and_unpack)
        mark.write_text(wanted)


def fetch_and_unpack() -> None:
    fetch, _ = corpus_scripts()
    fetch.fetch_debian(listed()["debian"], places.SOURCES)
    fetch.unpack(listed()["archives"], places.SOURCES)


def mix(seed: int, folder: Path) -> None:
    _, programmes = corpus_scripts()
    programmes.build(places.SOURCES, {**listed(), "seed": seed}, None, folder)


def fresh_programmes() -> Path:
    """Programmes like the development corpus' from sources that nothing was trained on, mixed once for a seed."""
    seed = fresh_seed()
    folder = places.CACHE / "fresh-scene" / str(seed)
    mark = folder / ".complete"
    if not mark.exists() or mark.read_text() != json.dumps(listed()):
        shutil.rmtree(folder, ignore_errors=True)  # of another list
        fetch_sources()
        in_own_process(mix, seed, folder)
        mark.write_text(json.dumps(listed()))
    return folder


def peer(name: str, recordings: list):
    """Events by stem, seconds of sound for each CPU second, and peak memory."""
    output = places.fresh_folder(f"scene-{name}") / "found.json"
    script = Path(__file__).parent / "peer_scene.py"
    cost = peers.run_measured(name, [sys.executable, script, name, output, *recordings])
    found = json.loads(output.read_text())
    return found["results"], found["seconds"] / found["cpu_seconds"], cost.peak_megabytes


def ours(recordings: list, folder: str) -> dict:
    found = cueline.analyze(recordings, places.fresh_folder(folder), "--language", "en", "--min-silence-ms", "500",
                            "--no-beats")
    return {stem: cueline.intervals(summary) for stem, summary in found.items()}


def fresh_checks(values: dict) -> list:
    measured = {"macro-F1": values["macro_f1"], "accuracy": values["accuracy"],
                "speech F1": values["kinds"]["speech"][2], "music F1 under speech": values["music_under_speech"]}
    checks = [Check(f"{name}, fresh", measured[name], ">=", limit) for name, limit in REQUIRED.items()]
    checks += [Check(f"{name} of speech onset errors, fresh, ms", error, "<=", limit)
               for (name, limit), error in zip(ONSET_MS.items(), values["onset_ms"])]
    return [*checks, Check("stretches of speech that are covered, fresh", values["covered"], ">=", 1)]


def accuracy() -> list:
    labels = Report("scene", "Scene: programmes of a minute, silences from 500 ms",
                    ["set", "files", "system", "macro-F1", "accuracy", "boundary ms", "within 200 ms",
                     "music F1 under speech", "speech + music F1"])
    kinds = Report("scene kinds", "The same: precision, recall and F1 by kind",
                   ["set", "system", *(f"{kind} {name}" for kind in KINDS for name in ("P", "R", "F1"))])
    edges = Report("scene edges", "The same: edges of stretches of speech, distance to the nearest found one",
                   ["set", "system", "onset ms", "p95", "offset ms", "p95", "covered"])
    trust = Report("scene confidence", "Our confidence: share of frames that are right, by confidence of their event",
                   ["set", "kind", "seconds", *(f"{a:g}-{b:g}" for a, b in zip(BINS, BINS[1:])), "confidence", "right",
                    "calibration error"])
    sets = {"development": corpus.recordings("seg"), f"fresh, seed {fresh_seed()}": corpus.read(fresh_programmes())}
    for name, (recordings, truth) in sets.items():
        found = {"cueline": ours(recordings, "scene-ours")}
        found |= {title: peer(system, recordings)[0] for system, title in PEERS.items()}
        for system, results in found.items():
            values = score(results, truth)
            layers = [values["music_under_speech"], values["overlap"]] if system == "cueline" else [None, None]
            labels.add(name, len(recordings), system, values["macro_f1"], values["accuracy"],
                       values["boundary_median_ms"], values["boundary_within_200_ms"], *layers)
            kinds.add(name, system, *(value for kind in KINDS for value in values["kinds"][kind]))
            edges.add(name, system, *values["onset_ms"], *values["offset_ms"], values["covered"])
            if system == "cueline" and name.startswith("fresh"):
                labels.checks += fresh_checks(values)
        for kind, values in reliability(found["cueline"], truth).items():
            trust.add(name, kind, values["seconds"], *values["bins"], values["mean"], values["right"], values["error"])
    labels.notes += ["Old rule: librosa's split at 28 dB; what is not silent and not speech is music.",
                     "Silero alone: what is not speech is silence.",
                     "Peers give one label at a time: no music under speech."]
    return [labels, kinds, edges, trust]


def write_signals(folder: Path) -> list:
    import scene_signals

    return scene_signals.write(listed(), places.SOURCES, folder)


def signals() -> Report:
    """Recordings whose scene a person hears at once: how many of them are found as they are."""
    fetch_sources()
    made = in_own_process(write_signals, places.fresh_folder("scene-signals"))
    names = list(dict.fromkeys(signal.name for signal in made))
    report = Report("scene signals", "Made signals: how many are found as they are", ["signal", "files"])
    recordings = [signal.path for signal in made]
    found = {"cueline": ours(recordings, "scene-signals-ours")}
    found |= {PEERS[system]: peer(system, recordings)[0] for system in MEASURED}
    report.columns += found
    for name in names:
        group = [signal for signal in made if signal.name == name]
        right = {system: int(sum(signal.wanted(results[signal.path.stem]) for signal in group))
                 for system, results in found.items()}
        report.add(name, len(group), *right.values())
        report.checks.append(Check(name, right["cueline"] / len(group), ">=", 1))
    return report


def write_lengths(folder: Path) -> None:
    """The development programmes one after the other, again and again, for each of LENGTHS."""
    sound = np.concatenate([soundfile.read(path, dtype="float32")[0] for path in corpus.recordings("seg")[0]])
    for length in LENGTHS:
        samples = np.tile(sound, length * RATE // len(sound) + 1)[: length * RATE].astype("<f4")
        samples.tofile(folder / f"{length}.f32")
        soundfile.write(folder / f"{length}.wav", samples, RATE)


def costs() -> Report:
    """Voice activity and the scene alone, from samples on disk to layers, beside the peers, from samples to labels."""
    report = Report("scene costs", "Speed and memory on one core: seconds of sound for each CPU second, and peak MB",
                    ["seconds", "system", "x real time", "peak MB"])
    folder = places.fresh_folder("scene-costs")
    in_own_process(write_lengths, folder)
    speeds, peaks = {}, {}
    for length in LENGTHS:
        output = folder / "found.json"
        program, log = Path(cueline.binary()).parent / "scene-bench", folder / "scene-bench.log"
        if not program.exists():
            raise cueline.Unavailable("scene-bench is not built: swift build -c release --product scene-bench")
        if measure.run([program, output, folder / f"{length}.f32"], log=log).status:
            raise cueline.Unavailable(f"scene-bench: {log.read_text(errors='replace').strip()}")
        measured = json.loads(output.read_text())
        speeds[length] = measured["seconds"] / measured["cpu_seconds"]
        peaks[length] = measured["peak_megabytes"]
        report.add(length, "cueline (voice activity and scene)", speeds[length], peaks[length])
        report.add(length, "of these, the scene", measured["seconds"] / measured["scene_cpu_seconds"], None)
        for system in MEASURED if length == LENGTHS[0] else ("split+silero",):
            _, speed, peak = peer(system, [folder / f"{length}.wav"])
            report.add(length, PEERS[system], speed, peak)
    report.checks += [
        Check("x real time", speeds[LENGTHS[-1]], ">=", SPEED),
        Check(f"memory of {LENGTHS[-1]} s over {LENGTHS[1]} s", peaks[LENGTHS[-1]] / peaks[LENGTHS[1]], "<=", GROWTH)]
    return report


def run() -> list:
    return [*accuracy(), signals(), costs()]
