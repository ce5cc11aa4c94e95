"""Rhythm: beats, downbeats and tempo on music, and the offset on clicks."""

import clicks
import corpus
import cueline
import numpy as np
import peers
import places
from score_beats import COLUMNS, f_measure, score, trimmed
from table import Check, Report

SETS = {"beats": "rendered", "beats_real": "recorded"}


def librosa_on(recordings: list) -> dict:
    return {path.stem: peers.librosa_beats(path) for path in recordings}


def run() -> list:
    peers.warm_up()
    report = Report("rhythm", "Rhythm: mir_eval, 70 ms, first 2 s left out", ["set", "files", "system", *COLUMNS])
    for part, name in SETS.items():
        recordings, truth = corpus.recordings(part)
        ours = {stem: cueline.beats(summary) for stem, summary in
                cueline.analyze(recordings, places.fresh_folder(part), "--language", "en").items()}
        scores = {"cueline": score(ours, truth), "librosa beat_track": score(librosa_on(recordings), truth)}
        for system, values in scores.items():
            report.add(name, len(recordings), system, *(values[column] for column in COLUMNS))
        report.checks.append(Check(f"F, {name}, above librosa's", scores["cueline"]["F"], ">",
                                   round(scores["librosa beat_track"]["F"], 4)))
        if part == "beats":
            report.checks.append(Check("CMLt, rendered", scores["cueline"]["CMLt"], ">=", 0.70))
            report.checks.append(Check("downbeat F, rendered", scores["cueline"]["downbeat F"], ">", 0.50))
    report.notes.append("librosa knows no downbeats: every fourth beat is taken, as the older code base did.")
    return [report, on_clicks()]


def on_clicks() -> Report:
    report = Report("clicks", "Clicks: median of found minus true time, in ms, and F",
                    ["tempo", "cueline ms", "cueline F", "librosa ms", "librosa F"])
    tracks = clicks.write(places.fresh_folder("clicks"))
    ours = cueline.analyze([track.path for track in tracks], places.fresh_folder("clicks-out"), "--language", "en")
    offsets = {"cueline": [], "librosa": []}
    for track in tracks:
        cells = [track.name]
        for system in offsets:
            found = (cueline.beats(ours[track.path.stem]) if system == "cueline"
                     else peers.librosa_beats(track.path))["beats"]
            errors = clicks.offsets_ms(track, found)
            offsets[system] += errors
            cells += [float(np.median(errors)) if errors else None,
                      f_measure(trimmed(track.times), trimmed(found))]
        report.add(*cells)
    medians = {system: float(np.median(errors)) if errors else None for system, errors in offsets.items()}
    report.add("all", medians["cueline"], None, medians["librosa"], None)
    distance = None if medians["cueline"] is None else abs(medians["cueline"])
    report.checks.append(Check("|median offset on clicks|, ms", distance, "<=", 10))
    return report
