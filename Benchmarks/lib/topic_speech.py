"""Speech: word error rate on read prompts."""

import json

import corpus
import cueline
import peers
import places
from score_words import word_error_rate
from table import Check, Report

SETS = ("en120", "prompts-en")
REQUIRED = 5.0


def run() -> Report:
    report = Report("speech", "Speech: word error rate, the same tiny.en weights, greedy",
                    ["set", "system", "WER %", "substituted", "deleted", "inserted", "words"])
    sets = {name: corpus.speech_set(name) for name in SETS}
    folder = places.fresh_folder("speech")
    recordings = [path for path, _ in sets.values()]
    ours = cueline.analyze(recordings, folder, "--language", "en", "--no-beats")
    output = folder / "openai-whisper.json"
    peers.run_measured("openai-whisper", peers.whisper_command(output, recordings))
    theirs = json.loads(output.read_text())
    for name, (_, truth) in sets.items():
        for system, text in (("cueline", cueline.text(ours[name])), ("openai-whisper", theirs[name]["text"])):
            score = word_error_rate(truth, text)
            report.add(name, system, score["rate"], score["substitutions"], score["deletions"], score["insertions"],
                       score["words"])
            if system == "cueline":
                report.checks.append(Check(f"WER on {name}, %", score["rate"], "<=", REQUIRED))
    report.notes.append("Clear prompts of one speaker: the figure shows that nothing is lost, not which model is best.")
    return report
