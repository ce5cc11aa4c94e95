"""Scene: speech, music, silence, other."""

import corpus
import cueline
import peers
import places
import soundfile
from score_scene import KINDS, score
from table import Check, Report

REQUIRED = 0.65


def run() -> Report:
    recordings, truth = corpus.recordings("seg")
    report = Report("scene", f"Scene: {len(recordings)} programmes of a minute, silences from 500 ms",
                    ["system", "macro-F1", "accuracy", *(f"{kind} F1" for kind in KINDS), "boundary ms",
                     "within 200 ms"])
    ours = cueline.analyze(recordings, places.fresh_folder("scene"), "--language", "en", "--min-silence-ms", "500",
                           "--no-beats")
    with_silero, with_truth = {}, {}
    for path in recordings:
        samples, rate = soundfile.read(path, dtype="float32")
        sounding = peers.librosa_sound(samples, rate)
        spoken = [(e["start"], e["end"]) for e in truth[path.stem]["events"] if e["type"] == "speech"]
        with_silero[path.stem] = peers.old_rule(sounding, peers.silero().speech(samples))
        with_truth[path.stem] = peers.old_rule(sounding, spoken)
    systems = {"cueline": {name: cueline.intervals(summary) for name, summary in ours.items()},
               "old rule + Silero": with_silero, "old rule + true speech": with_truth}
    for system, results in systems.items():
        s = score(results, truth)
        report.add(system, s["macro_f1"], s["accuracy"], *(s["f1"][kind] for kind in KINDS), s["boundary_median_ms"],
                   s["boundary_within_200_ms"])
        if system == "cueline":
            report.checks.append(Check("scene macro-F1", s["macro_f1"], ">", REQUIRED))
    report.notes.append("Old rule: librosa's split at 28 dB; what is not silent and not speech is music.")
    return report
