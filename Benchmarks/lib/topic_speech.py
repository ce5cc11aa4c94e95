"""Speech: us and four peers with the same weights. What is heard, what it costs, when the words are, what is heard where
nobody speaks, and languages. `CUELINE_BENCH_ONLY` names some of these parts, `CUELINE_BENCH_SETS` some of the sets."""

import hashlib
import os

import corpus
import cueline
import numpy as np
import parts
import places
import soundfile
import speech_sets
import word_truth
from score_words import longest_loop, normalized, time_errors, word_error_rate
from speech_systems import ALONE, BEAM, BEAM_ALONE, FASTER, FILTERED, OURS, SYSTEMS, hear
from table import Check, Report

DEVELOPMENT = ("en120", "prompts-en")
REQUIRED_WER = 5.0
CASES = (("prompts-en", "tiny.en"), ("two_cities", "tiny.en"), ("prompts-en", "base"), ("two_cities", "base"),
         ("prompts-es", "base"), ("prompts-fr", "base"))
BEDS = tuple(case for case in CASES if case[0] != "two_cities")
LEAST_SECONDS = 300  # of a recording that costs are required on
CPU_SHARE, MEMORY_SHARE = 0.75, 0.6  # of faster-whisper's with its filter
CORES = (1, 2)
RUNS = 2  # of us and of whom we are compared with; the others run once
ONSET_MS, ENDS_MS, DRIFT_MS = {"median": 60, "90 %": 200}, {"90 %": 250}, 200
WORKERS = (1, 1, 2, 4)
MOST_REPEATS = 3  # of the same one to eight words, one after the other, beyond those in the text


def language_of(name: str) -> str:
    return name.removeprefix("prompts-") if name.startswith("prompts-") else "en"


def cases() -> list:
    """Sets and models, those that are asked for."""
    wanted = os.environ.get("CUELINE_BENCH_SETS", "").split(",")
    chosen = [case for case in CASES if wanted == [""] or case[0] in wanted]
    if not chosen:
        raise cueline.Unavailable(f"CUELINE_BENCH_SETS: some of {', '.join(sorted({name for name, _ in CASES}))}")
    return chosen


def some_sets() -> bool:
    return bool(os.environ.get("CUELINE_BENCH_SETS"))


def score(name: str, heard) -> dict:
    return word_error_rate(corpus.speech_set(name)[1], heard.text, language_of(name))


def wrong_words(found: dict) -> int:
    return found["substitutions"] + found["deletions"] + found["insertions"]


def pooled(wrong: dict, where: str = "") -> list:
    """Checks of all sets of a language together: one of them is shorter than `LEAST_SECONDS`. `wrong`: by set and model, words of ours
    and of the peer."""
    sums = {}
    for (name, model), counts in wrong.items():
        sums.setdefault((language_of(name), model), []).append(counts)
    return [Check(f"wrong words, all of {language}, {model}{where} (limit: {FILTERED})", sum(ours for ours, _ in counts), "<=",
                  sum(theirs for _, theirs in counts)) for (language, model), counts in sums.items()]


def heard_on(name: str, model: str, system: str, cores: int = 1, attempt: int = 0):
    return hear(system, corpus.speech_set(name)[0], model, language_of(name), cores, attempt)


def accuracy() -> Report:
    report = Report("speech", "Speech: word error rate, the same weights",
                    ["set", "model", "system", "WER %", "substituted", "deleted", "inserted", "words"],
                    partial=some_sets())
    wrong = {}
    for name, model in [("en120", "tiny.en"), *cases()]:
        rates, counts = {}, {}
        for system in SYSTEMS:
            found = score(name, heard_on(name, model, system))
            rates[system], counts[system] = found["rate"], wrong_words(found)
            report.add(name, model, system, found["rate"], found["substitutions"], found["deletions"],
                       found["insertions"], found["words"])
        if name in DEVELOPMENT:
            report.checks.append(Check(f"WER on {name}, {model}, %", rates[OURS], "<=", REQUIRED_WER))
        report.checks.append(Check(f"WER on {name}, {model}, % (limit: {FILTERED})", rates[OURS], "<=", rates[FILTERED]))
        if name != "en120":
            wrong[name, model] = counts[OURS], counts[FILTERED]
    report.checks += pooled(wrong)
    report.notes.append("Clear prompts of one speaker: the figure shows that nothing is lost, not which model is best.")
    return report


def searches() -> Report:
    """How much of a rate is the way in which the same model was asked."""
    report = Report("speech searches", f"Speech: wrong words by search, {FILTERED}",
                    ["set", "model", "words", "ours", "greedy", "beam of 5", "greedy, alone", "beam of 5, alone"],
                    partial=some_sets())
    for name, model in cases():
        found = [score(name, heard_on(name, model, system)) for system in (OURS, FILTERED, BEAM, ALONE, BEAM_ALONE)]
        report.add(name, model, found[0]["words"], *map(wrong_words, found))
    report.notes += ["Ours has a beam of five, and hears chunks alone, unsure ones once more. Alone: no window is told the text before it.",
                     "Required figures are measured against the greedy search with the text before."]
    return report


def noise() -> Report:
    report = Report("speech in noise", "Speech: prompts-en at +5 dB in pink noise, tiny.en",
                    ["system", "WER %", "inserted", "longest loop"])
    recording, truth = speech_sets.in_noise("prompts-en")
    rates, loops = {}, {}
    within = longest_loop(normalized(" ".join(line["text"] for line in truth)))
    for system in SYSTEMS:
        heard = hear(system, recording, "tiny.en", "en")
        found = word_error_rate(truth, heard.text)
        rates[system], loops[system] = found["rate"], longest_loop(normalized(heard.text))
        report.add(system, found["rate"], found["insertions"], loops[system])
    report.checks += [Check(f"WER in noise, % (limit: {FILTERED})", rates[OURS], "<=", rates[FILTERED]),
                      Check("repeats of the same words", loops[OURS], "<=", within + MOST_REPEATS)]
    return report


def beds() -> list:
    report = Report("speech over beds", "Speech: in pink noise and over music, 5 dB below the voice",
                    ["bed", "set", "model", "system", "WER %", "substituted", "deleted", "inserted", "longest loop"])
    for bed, mix in (("noise", speech_sets.in_noise), ("music", speech_sets.over_music)):
        for name, model in BEDS:
            recording, truth = mix(name)
            language = language_of(name)
            within = longest_loop(normalized(" ".join(line["text"] for line in truth), language))
            rates = {}
            for system in (OURS, FILTERED):
                heard = hear(system, recording, model, language)
                found = word_error_rate(truth, heard.text, language)
                loop = longest_loop(normalized(heard.text, language))
                rates[system] = found["rate"]
                report.add(bed, name, model, system, found["rate"], found["substitutions"], found["deletions"],
                           found["insertions"], loop)
                if system == OURS:
                    report.checks.append(Check(f"repeats, {bed}, {name}, {model}", loop, "<=", within + MOST_REPEATS))
            report.checks.append(
                Check(f"WER, {bed}, {name}, {model}, % (limit: {FILTERED})", rates[OURS], "<=", rates[FILTERED]))
    return [report]


def same() -> Report:
    """The same bytes from every run, whatever the number of workers."""
    report = Report("speech repeats", "Speech: prompts-en, tiny.en, repeated", ["workers", "SHA-256"])
    recording, _ = corpus.speech_set("prompts-en")
    digests = []
    for number, workers in enumerate(WORKERS):
        folder = places.fresh_folder("speech-same")
        cueline.analyze([recording], folder, "--language", "en", "--no-beats", "--model", "tiny.en", "--jobs",
                        str(workers))
        written = (folder / cueline.summary_name(recording)).read_bytes()
        digests.append(hashlib.sha256(written).hexdigest()[:16])
        report.add(workers, digests[number])
    report.checks.append(Check("different results of 1, 1, 2 and 4 workers", len(set(digests)), "<=", 1))
    return report


def costs() -> list:
    report = Report("speech costs", "Speech: cost of a transcript with word times, load time included",
                    ["set", "model", "cores", "system", "CPU s", "x real time", "wall s", "peak MB", "WER %",
                     "CPU, ours = 1"], partial=some_sets())
    wrong = {cores: {} for cores in CORES}
    for name, model in cases():
        seconds = soundfile.info(corpus.speech_set(name)[0]).duration
        for cores in CORES:
            best = {system: cheapest(name, model, system, cores) for system in SYSTEMS}
            ours, theirs = best[OURS], best[FILTERED]
            for system, (cpu, wall, memory, found) in best.items():
                report.add(name, model, cores, system, cpu, seconds / cpu, wall, memory, found["rate"], cpu / ours[0])
            wrong[cores][name, model] = wrong_words(ours[3]), wrong_words(theirs[3])
            if seconds >= LEAST_SECONDS:
                where = f"{name}, {model}, {cores} core{'s' * (cores > 1)}: ours over {FILTERED}"
                report.checks += [Check(f"CPU, {where}", ours[0] / theirs[0], "<=", CPU_SHARE),
                                  Check(f"peak memory, {where}", ours[2] / theirs[2], "<=", MEMORY_SHARE),
                                  Check(f"WER, {where}", ours[3]["rate"] / max(theirs[3]["rate"], 1e-9), "<=", 1)]
    for cores, counts in wrong.items():
        report.checks += pooled(counts, f", {cores} core{'s' * (cores > 1)}")
    report.notes += [f"Best of {RUNS} runs of ours and of {FILTERED}; one run of the others. CPU: user and system time "
                     "of the process tree.", "Word times are on everywhere."]
    return [report]


def cheapest(name: str, model: str, system: str, cores: int) -> tuple:
    """CPU seconds, wall seconds and peak memory, the best of a few runs, and the words of the first, scored."""
    runs = RUNS if system in (OURS, FILTERED) else 1
    heard = [heard_on(name, model, system, cores, attempt) for attempt in range(runs)]
    found = [run.cost for run in heard]
    return (min(cost.cpu_seconds for cost in found), min(cost.wall_seconds for cost in found),
            min(cost.peak_megabytes for cost in found), score(name, heard[0]))


def times() -> list:
    report = Report("speech times", "Speech: when words begin and end, error in ms",
                    ["set", "model", "truth", "system", "words", "onset", "90 %", "signed", "end", "90 %", "signed"])
    recording, truth = corpus.speech_set("prompts-en")
    spoken, prompts = word_truth.aligned(recording, truth)
    for model in ("tiny.en", "base"):
        truths = {"prompt edges": word_truth.edges(truth), "pocketsphinx": spoken}
        for title, true_words in truths.items():
            for system in SYSTEMS:
                heard = heard_on("prompts-en", model, system)
                found = time_errors(true_words, heard.words)
                onset, end = spread(found["starts"]), spread(found["ends"])
                report.add("prompts-en", model, title, system, len(found["starts"]), *onset, *end)
                if system == OURS:
                    where = f"{title}, {model}"
                    report.checks += [Check(f"onset error, median, {where}, ms", onset[0], "<=", ONSET_MS["median"]),
                                      Check(f"onset error, 90 %, {where}, ms", onset[1], "<=", ONSET_MS["90 %"]),
                                      Check(f"end error, 90 %, {where}, ms", end[1], "<=", ENDS_MS["90 %"])]
    report.notes.append(f"Words that were heard rightly. pocketsphinx aligned {prompts} of {len(truth)} prompts.")
    return [report, drift()]


def spread(errors: list) -> tuple:
    """In milliseconds: the median error, the ninetieth percentile, and the median with its sign."""
    if not errors:
        return None, None, None
    values = np.array(errors) * 1000
    return float(np.median(np.abs(values))), float(np.percentile(np.abs(values), 90)), float(np.median(values))


def drift() -> Report:
    report = Report("speech drift", "Speech: the last words of an hour, tiny.en", ["word", "true end s", "found end s",
                                                                                    "error ms"])
    recording, truth = speech_sets.hour("prompts-en")
    heard = hear(OURS, recording, "tiny.en", "en")
    tail = [line for line in truth if line["start"] > truth[-1]["end"] - 60]
    late = [word for word in heard.words if word[1] > tail[0]["start"] - 1]
    found = time_errors(word_truth.edges(tail), late)
    for error, line in zip(found["ends"][-3:], tail[-3:]):
        report.add(line["text"].split()[-1], line["end"], line["end"] + error, error * 1000)
    last = abs(found["ends"][-1]) * 1000 if found["ends"] else None
    report.checks.append(Check("end of the last word of an hour, ms", last, "<=", DRIFT_MS))
    return report


def languages() -> list:
    report = Report("speech languages", "Speech: languages, base", ["set", "system", "asked", "language", "WER %"])
    for name in ("prompts-en", "prompts-es", "prompts-fr"):
        language = language_of(name)
        rates = {}
        for system in (OURS, FILTERED, FASTER):
            heard = heard_on(name, "base", system)
            rates[system] = score(name, heard)["rate"]
            report.add(name, system, language, heard.language, rates[system])
        heard = hear(OURS, corpus.speech_set(name)[0], "base", "auto")
        report.add(name, OURS, "auto", heard.language, score(name, heard)["rate"])
        report.checks.append(Check(f"language of {name} found", float(heard.language == language), ">=", 1))
        if language != "en":
            report.checks += [Check(f"WER on {name}, % (limit: {peer})", rates[OURS], "<=", rates[peer])
                              for peer in (FASTER, FILTERED)]
    return [report]


def told() -> list:
    """The language where it is hard to tell: in noise, and where a recording begins with something else."""
    report = Report("speech languages in noise", "Speech: languages told, base",
                    ["set", "recordings", OURS, FILTERED])
    right = {OURS: 0, FILTERED: 0}
    for name in ("prompts-en", "prompts-es", "prompts-fr"):
        clips = speech_sets.clips(name)
        found = {system: sum(hear(system, clip, "base", "auto").language == language_of(name) for clip in clips)
                 for system in right}
        report.add(f"{name}, {speech_sets.CLIP_SECONDS} s at {speech_sets.CLIP_SNR_DB} dB", len(clips), *found.values())
        right = {system: right[system] + found[system] for system in right}
    late = speech_sets.late("prompts-fr", "prompts-en")
    found = {system: int(hear(system, late, "base", "auto").language == "fr") for system in right}
    report.add("prompts-fr after two seconds of English and 11 minutes of nothing", 1, *found.values())
    report.checks += [Check(f"languages told in noise, of {3 * speech_sets.CLIPS}", right[OURS], ">=", max(right.values())),
                      Check("language after a beginning in another", float(found[OURS]), ">=", 1)]
    return [report]


def nothing() -> list:
    report = Report("speech nothing", "Speech: words heard in half an hour without speech",
                    ["model", "system", *speech_sets.NOTHING, "words", "a minute"])
    recording, parts = speech_sets.nothing()
    minutes = parts[-1]["end"] / 60
    for model, systems in (("tiny.en", SYSTEMS), ("base", (OURS, FILTERED, FASTER))):
        for system in systems:
            heard = hear(system, recording, model, "en")
            counts = {kind: 0 for kind in speech_sets.NOTHING}
            for text, start, end in heard.words:
                counts[kind_at(parts, (start + end) / 2)] += len(normalized(text))
            total = sum(counts.values())
            report.add(model, system, *counts.values(), total, total / minutes)
            if system == OURS:
                report.checks.append(Check(f"words where nobody speaks, {model}", total, "<=", 0))
    return [report]


def kind_at(parts: list, time: float) -> str:
    return next((part["kind"] for part in parts if time < part["end"]), parts[-1]["kind"])


def run() -> list:
    return parts.run(dict(accuracy=accuracy, searches=searches, noise=noise, same=same, beds=beds, costs=costs, times=times,
                          nothing=nothing, languages=languages, told=told))
