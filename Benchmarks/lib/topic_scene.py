"""Scene: us and five peers on the development corpus and on freshly mixed programmes, what our confidences are worth,
made signals; speed and memory; then who speaks, on made dialogues. `CUELINE_BENCH_ONLY` names some of these parts."""

import concurrent.futures
import json
import shutil
import sys
from pathlib import Path

import corpus
import cueline
import measure
import numpy as np
import parts
import peers
import places
import score_speakers
import soundfile
from score_scene import BINS, KINDS, reliability, score
from table import Check, Report
from topic_beats import fresh_seed

PEERS = {"ina": "inaSpeechSegmenter", "split+silero": "old rule + Silero", "split+webrtcvad": "old rule + webrtcvad",
         "split+truth": "old rule + true speech", "silero": "Silero alone"}
MEASURED = ("ina", "split+silero", "split+webrtcvad", "silero")
REQUIRED = {"macro-F1": 0.86, "accuracy": 0.88, "speech F1": 0.93, "music F1 under speech": 0.75}  # of fresh programmes
ONSET_MS = {"median": 30, "p95": 120}
MUSIC_OF_NOTHING = 0.05
SPEED = 250
LENGTHS = (60, 600, 3600)
GROWTH = 1.3  # of memory from ten minutes to an hour: the stage keeps a few numbers for each 10 ms, never the sound
RATE = 16000
SPEAKER_SHARE = 0.5  # of the diarization error that one speaker for everything has
SPOKEN = ("--language", "en", "--no-beats")  # the transcript is not looked at
DIALOGUES = ("two to five voices", "clean", "room", "telephone", "noise")  # of the dialogues that are no monologues


def listed(part: str = "scene_fresh") -> dict:
    return json.loads((places.BENCHMARKS / "corpus/sources.json").read_text())[part]


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
    import dialogues
    import fetch
    import programmes

    return fetch, programmes, dialogues


def fetch_sources(part: str = "scene_fresh") -> None:
    """What a part's sound is mixed from, once for each list."""
    mark = places.SOURCES / f".{part.replace('_', '-')}"
    wanted = json.dumps([listed(part)["debian"], listed(part).get("archives", [])])
    if not mark.exists() or mark.read_text() != wanted:
        in_own_process(fetch_and_unpack, part)
        mark.write_text(wanted)


def fetch_and_unpack(part: str) -> None:
    fetch, _, _ = corpus_scripts()
    fetch.fetch_debian(listed(part)["debian"], places.SOURCES)
    fetch.unpack(listed(part).get("archives", []), places.SOURCES)


def mix(part: str, seed: int, folder: Path) -> None:
    _, programmes, dialogues = corpus_scripts()
    if part == "speakers":
        dialogues.build(places.SOURCES, {**listed(part), "seed": seed}, folder)
    else:
        programmes.build(places.SOURCES, {**listed(part), "seed": seed}, None, folder)


def fresh(part: str, name: str) -> Path:
    """Recordings from sources that nothing was trained or tuned on, made once for a seed."""
    seed = fresh_seed()
    folder = places.CACHE / name / str(seed)
    mark = folder / ".complete"
    if not mark.exists() or mark.read_text() != json.dumps(listed(part)):
        shutil.rmtree(folder, ignore_errors=True)  # of another list
        fetch_sources(part)
        in_own_process(mix, part, seed, folder)
        mark.write_text(json.dumps(listed(part)))
    return folder


def fresh_programmes() -> Path:
    """Programmes like the development corpus'."""
    return fresh("scene_fresh", "fresh-scene")


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


def write_talk(folder: Path) -> list:
    """Mono, at the rate that the peer expects."""
    fetch, _, _ = corpus_scripts()
    import sound

    requirements, names = places.BENCHMARKS / "requirements/recorded.txt", listed("recorded")
    paths = [folder / f"{Path(name).stem}.wav" for name in names]
    for path, source in zip(paths, fetch.fetch_recorded(requirements, names, places.SOURCES)):
        soundfile.write(path, sound.read(source, RATE), RATE)
    return paths


def recorded() -> Report:
    """Talk as people record it: in meetings, by telephone, at a desk. Rooms and devices are not silent, but there is no music."""
    recordings = in_own_process(write_talk, places.fresh_folder("scene-recorded"))
    found = {"cueline": ours(recordings, "scene-recorded-ours"), PEERS["ina"]: peer("ina", recordings)[0]}
    report = Report("scene recorded", "Talk as it is recorded: seconds of music, where there is none",
                    ["recording", "seconds", *found])
    rows = [[soundfile.info(path).duration, *(music_seconds(results[path.stem]) for results in found.values())]
            for path in recordings]
    for path, row in zip(recordings, rows):
        report.add(path.stem, *row)
    total, music, *rest = (sum(column) for column in zip(*rows))
    report.add("all", total, music, *rest)
    report.checks.append(Check("share of music in talk without music", music / total, "<=", MUSIC_OF_NOTHING))
    return report


def music_seconds(events: list) -> float:
    return sum(event["end"] - event["start"] for event in events if event["type"] == "music")


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


def heard(recordings: list, library: Path, speakers: str) -> tuple:
    """Summaries by stem, and CPU seconds, with voices told apart (`on`) or not (`off`), with what a library keeps."""
    folder = places.fresh_folder("scene-speakers")
    log = folder.with_suffix(".log")
    command = [cueline.binary(), "analyze", *recordings, "-o", folder, "--quiet", "--library", library, *SPOKEN]
    cost = measure.run(command, {**cueline.environment(), "CUELINE_SPEAKERS": speakers}, log)
    if cost.status:
        raise cueline.Unavailable(f"cueline analyze: {log.read_text(errors='replace').strip()[-600:]}")
    summaries = {path.stem: cueline.read_summary(folder / cueline.summary_name(path)) for path in recordings}
    return summaries, cost.cpu_seconds


def speakers() -> list:
    """Who speaks when, beside one speaker for everything: our own speech, and the true one.

    All but the speakers is heard first, so that what they cost can be told from the transcript's many seconds.
    """
    recordings, truth = corpus.read(fresh("speakers", "fresh-speakers"))
    library = places.fresh_folder("scene-speakers-library")
    _, rest = heard(recordings, library, "off")
    summaries, cost = heard(recordings, library, "on")
    found = {stem: score_speakers.turns(summary) for stem, summary in summaries.items()}
    if not any(turn["speaker"] for given in found.values() for turn in given):
        raise cueline.Unavailable("cueline names no speakers: the model is missing (`cueline doctor`)")
    last = recordings[-1]
    again = cueline.analyze([last], places.fresh_folder("scene-speakers-again"), *SPOKEN)[last.stem]
    speech = score_speakers.total(found, truth).speech
    return [diarization(found, truth, (found[last.stem], score_speakers.turns(again))),
            speaker_confidence(found, truth), speaker_costs(rest, cost, speech)]


def diarization(found: dict, truth: dict, twice: tuple) -> Report:
    """`twice` is one recording's turns, the second time heard alone and with nothing kept."""
    report = Report("scene speakers", f"Speakers: made dialogues, seed {fresh_seed()}; errors as shares of true speech",
                    ["dialogues", "files", "speech s", "DER", "missed", "false alarm", "confusion", "one speaker",
                     "250 ms collar: DER", "confusion", "one speaker", "true speech, one speaker", "voices found"])
    one = {stem: score_speakers.one_speaker(given) for stem, given in found.items()}
    told = {stem: score_speakers.one_speaker(true["turns"]) for stem, true in truth.items()}
    counts = {stem: len({turn["speaker"] for turn in given}) for stem, given in found.items()}
    groups = {f"{count} voice{'s' * (count > 1)}": {s: t for s, t in truth.items() if len(t["voices"]) == count}
              for count in sorted({len(true["voices"]) for true in truth.values()})}
    several = {stem: true for stem, true in truth.items() if len(true["voices"]) > 1}
    groups |= {name: {s: t for s, t in several.items() if name in (DIALOGUES[0], t["condition"])} for name in DIALOGUES}
    for name, group in groups.items():
        strict = score_speakers.total(found, group)
        ours, baseline, bound = (score_speakers.total(results, group, score_speakers.COLLAR).rates
                                 for results in (found, one, told))
        report.add(name, len(group), strict.speech, *strict.rates, score_speakers.total(one, group).rates[0], ours[0],
                   ours[3], baseline[0], bound[0],
                   " ".join(f"{counts[s]}/{len(t['voices'])}" for s, t in group.items()))
        if name == DIALOGUES[0]:
            report.checks.append(Check("DER over that of one speaker, two to five voices, 250 ms collar",
                                       ours[0] / max(baseline[0], 1e-9), "<=", SPEAKER_SHARE))
    report.checks.append(Check("the same turns when heard again, alone", float(twice[0] == twice[1]), ">=", 1))
    single = [counts[stem] == 1 for stem in truth if stem not in several]
    right = [counts[stem] == len(true["voices"]) for stem, true in truth.items()]
    off = [abs(counts[stem] - len(true["voices"])) for stem, true in truth.items()]
    report.notes += [f"One voice kept as one: {sum(single)} of {len(single)} files.",
                     f"Number of voices right: {sum(right)} of {len(right)} files; off by {np.mean(off):.2f} a file.",
                     "One speaker: our speech, all of it of one speaker. Voices found: found/true, by file."]
    return report


def speaker_confidence(found: dict, truth: dict) -> Report:
    report = Report("scene speaker confidence", "Speaker confidence: share of found speech whose speaker is right",
                    ["voices", "seconds", *(f"{a:g}-{b:g}" for a, b in zip(BINS, BINS[1:])), "confidence", "right",
                     "calibration error"])
    for name, least, most in (("1 to 5", 1, 5), ("1", 1, 1), ("2 to 5", 2, 5)):
        group = {stem: true for stem, true in truth.items() if least <= len(true["voices"]) <= most}
        values = score_speakers.reliability(found, group)
        report.add(name, values["seconds"], *values["bins"], values["mean"], values["right"], values["error"])
        if name == "1 to 5":
            shares = [f"{a:g}-{b:g} {100 * share:.1f} %" for a, b, share in zip(BINS, BINS[1:], values["shares"])]
            report.notes.append(f"Share of speech by confidence: {', '.join(shares)}.")
    return report


def speaker_costs(rest: float, cost: float, speech: float) -> Report:
    report = Report("scene speaker costs", "Cost of telling voices apart on one core",
                    ["run", "CPU s", "CPU s an hour of speech", "x real time"])
    for name, seconds in (("everything but beats and speakers", rest), ("then decoding and speakers", cost)):
        report.add(name, seconds, seconds / speech * 3600, speech / seconds)
    return report


def run() -> list:
    return parts.run(
        dict(accuracy=accuracy, signals=signals, recorded=recorded, costs=costs, speakers=speakers))
