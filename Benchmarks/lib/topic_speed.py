"""Speed and memory: one recording, one core, everything from the start of the process to the written result."""

import corpus
import cueline
import peers
import places
import soundfile
from table import Check, Report

FASTER, SMALLER = 2.5, 0.25
RUNS = 2


def ours(recording, folder, run: int):
    output = folder / f"ours-{run}.json"
    command = cueline.analyze_command([recording], output, "--language", "en", "--jobs", "1")
    cost = peers.run_measured("cueline", command, cueline.environment())
    cueline.read_summary(output)
    return cost


def run() -> Report:
    recording, _ = corpus.speech_set("prompts-en")
    seconds = soundfile.info(recording).duration
    folder = places.fresh_folder("speed")
    report = Report("speed", f"Speed and memory: {seconds:.0f} s of speech, one core, load time included",
                    ["system", "CPU s", "x real time", "peak MB", "CPU, ours = 1", "memory, ours = 1"])
    costs = {"cueline analyze": [ours(recording, folder, number) for number in range(RUNS)]}
    peers.warm_up()
    for name, options in (("openai-whisper + librosa", ["--signal"]),
                          ("the same with word times", ["--signal", "--words"])):
        command = peers.whisper_command(folder / "peer.json", [recording], *options)
        runs = RUNS if name == "openai-whisper + librosa" else 1
        costs[name] = [peers.run_measured("openai-whisper", command) for _ in range(runs)]
    best = {name: (min(cost.cpu_seconds for cost in runs), min(cost.peak_megabytes for cost in runs))
            for name, runs in costs.items()}
    cpu, memory = best["cueline analyze"]
    for name, (their_cpu, their_memory) in best.items():
        report.add(name, their_cpu, seconds / their_cpu, their_memory, their_cpu / cpu, their_memory / memory)
    their_cpu, their_memory = best["openai-whisper + librosa"]
    report.checks += [Check("CPU of openai-whisper + librosa over ours", their_cpu / cpu, ">=", FASTER),
                      Check("memory over that of openai-whisper + librosa", memory / their_memory, "<=", SMALLER)]
    report.notes += [
        f"Best of {RUNS} runs (word times: one run). CPU: user and system time of the process tree.",
        "Memory: largest sum of resident memory over the tree, shared pages counted in each process.",
        "Peer: load, tiny.en greedy, beat_track, split, rms. Ours also gives word times, scene kinds and loudness."]
    return report
