"""Long recordings: memory, speed, going on after a kill, drift, and stopping."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import cueline
import long_sets
import measure
import numpy as np
import parts
import peers
import places
import service
import soundfile
from table import Check, Report

CORES = 2
MEGABYTES = 250  # above the models' files
GROWTH = 1.1  # of our process's memory over all lengths, and of CPU an hour
HOUR_MEGABYTES = 1024
PLAIN_SPEED, WORDS_SPEED = 100, 60
REDONE = 1 / 6 + 0.05  # of an hour: one piece, and reading the file up to there
DRIFT_MS = 5
STOP_SECONDS = 1


def model_megabytes() -> float:
    """The files of the models that an analysis in English loads."""
    folder = Path(os.environ.get("CUELINE_MODELS") or places.CACHE.parent / "models")
    names = [path for path in folder.iterdir() if path.name.startswith(("ggml-tiny.en", "ggml-silero", "speakers"))]
    return sum(path.stat().st_size for path in names) / 1e6


def analyze(name: str, recording: Path, *options: str, cores: int = CORES, jobs: int = CORES):
    """Runs ours once; returns what it cost, and the summary's bytes."""
    output = places.fresh_folder(f"long/{name}") / "summary.json"
    command = [cueline.binary(), "analyze", recording, "-o", output, "--quiet", "--language", "en", "--jobs", str(jobs),
               *options]
    cost = peers.run_measured(f"long-{name}", command, cueline.environment(), cores)
    return cost, output.read_bytes()


def lengths() -> list:
    models = model_megabytes()
    report = Report("long", f"Long recordings: {CORES} cores, speech, programmes and music",
                    ["recording", "CPU s", "CPU s an hour", "wall s", "x real time", "peak MB", "above the models",
                     "ours alone MB"])
    memory, ours, hourly = {}, {}, {}
    for name, seconds in long_sets.LENGTHS.items():
        recordings = long_sets.blocks() if name == "10 min" else [long_sets.recording(name)] * (2 if name == "1 h" else 1)
        costs = [analyze(name.replace(" ", "-"), recording)[0] for recording in recordings]
        # Of the hour the better run, of the six blocks the one in the middle; the most memory of all.
        cost = sorted(costs, key=lambda cost: cost.cpu_seconds)[0 if name != "10 min" else len(costs) // 2]
        memory[name] = max(cost.peak_megabytes for cost in costs)
        ours[name] = max(cost.largest_megabytes for cost in costs)
        hourly[name] = cost.cpu_seconds * 3600 / seconds
        report.add(name, cost.cpu_seconds, hourly[name], cost.wall_seconds, seconds / cost.wall_seconds,
                   memory[name], memory[name] - models, ours[name])
        report.checks.append(Check(f"{name}: memory above the models, MB", memory[name] - models, "<=", MEGABYTES))
    report.checks += [
        Check("memory of our process, most over least", max(ours.values()) / min(ours.values()), "<=", GROWTH),
        Check("CPU an hour, most over least", max(hourly.values()) / min(hourly.values()), "<=", GROWTH),
        Check("memory of an hour, MB", memory["1 h"], "<=", HOUR_MEGABYTES)]
    report.notes += [f"With tiny.en, speakers and beats, from process start to the written summary. Models' files: {models:.0f} MB.",
                     "peak: largest sum of resident memory over the process tree (ours and ffmpeg), shared pages counted in each.",
                     "In ten minutes ffmpeg (54 MB) is done before anything is transcribed: ours alone is what can be compared.",
                     "Ten minutes: the hour's six blocks, each a recording of its own; CPU of the middle one, memory of the hungriest.",
                     "The hour: the better of two runs, the larger memory."]
    return [report]


def hour() -> list:
    report = Report("long hour", f"Long recordings: the same hour, {CORES} cores",
                    ["system", "wall s", "x real time", "CPU s", "peak MB", "CPU, ours = 1", "memory, ours = 1"])
    recording = long_sets.recording("1 h")
    runs = {"cueline": analyze("hour", recording)[0],
            "cueline, nothing transcribed": analyze("hour-plain", recording, "--no-speech-music")[0],
            "cueline, words only": None}
    environment = {**cueline.environment(), "CUELINE_SPEAKERS": "off"}
    output = places.fresh_folder("long/hour-words") / "summary.json"
    runs["cueline, words only"] = peers.run_measured(
        "long-hour-words", [cueline.binary(), "analyze", recording, "-o", output, "--quiet", "--language", "en",
                            "--jobs", str(CORES), "--no-beats"], environment, CORES)
    output = places.fresh_folder("long/peer") / "peer.json"
    command = [sys.executable, peers.HERE / "peer_long.py", output, peers.ctranslate_folder("tiny.en"), str(CORES),
               recording]
    name = "faster-whisper, Silero, librosa, inaSpeechSegmenter"
    cost = measure.run(command, None, places.WORK / "long-peer.log", CORES)
    parts = json.loads(output.read_text()) if output.exists() else {}
    runs[name] = cost
    ours = runs["cueline"]
    for system, spent in runs.items():
        report.add(system, spent.wall_seconds, 3600 / spent.wall_seconds, spent.cpu_seconds, spent.peak_megabytes,
                   spent.cpu_seconds / ours.cpu_seconds, spent.peak_megabytes / ours.peak_megabytes)
    report.checks += [
        Check("x real time with tiny.en", 3600 / ours.wall_seconds, ">=", WORDS_SPEED),
        Check("x real time without a transcript", 3600 / runs["cueline, nothing transcribed"].wall_seconds, ">=",
              PLAIN_SPEED)]
    shown = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in parts.items() if part != "word count")
    report.notes += ["cueline: words, scene, speakers, loudness, beats. words only: without speakers and beats.",
                     f"The peers, one after the other in one process: {shown}."]
    if cost.status:
        report.notes.append(f"The peers ended with {cost.status} before they were done.")
    return [report]


def killed() -> list:
    """Kills an analysis in the middle of an hour, and looks at what the next one does."""
    report = Report("long kill", "Long recordings: kill -9 in the middle of an hour, and once more",
                    ["killed after", "CPU s", "second run, CPU s", "together over undisturbed", "same bytes"])
    recording = long_sets.recording("1 h")
    undisturbed, expected = analyze("undisturbed", recording, "--library", places.fresh_folder("long/undisturbed-lib"))
    for piece in (2, 4):
        library = places.fresh_folder(f"long/killed-{piece}")
        output = places.fresh_folder(f"long/killed-out-{piece}") / "summary.json"
        command = [str(part) for part in (
            cueline.binary(), "analyze", recording, "-o", output, "--quiet", "--language", "en", "--jobs", CORES,
            "--library", library)]
        process = subprocess.Popen(command, env={**os.environ, **cueline.environment()}, stdin=subprocess.DEVNULL,
                                   preexec_fn=lambda: os.sched_setaffinity(0, range(CORES)))
        wait_for_states(process, library, piece)
        time.sleep(2)  # well inside of the next piece
        process.kill()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = -9
        spent = usage.ru_utime + usage.ru_stime
        second = peers.run_measured("long-killed", command, cueline.environment(), CORES)
        same = output.read_bytes() == expected
        together = (spent + second.cpu_seconds) / undisturbed.cpu_seconds
        report.add(f"{piece} pieces", spent, second.cpu_seconds, together, "yes" if same else "no")
        report.checks += [Check(f"killed after {piece} pieces: work done twice, of the hour", together - 1, "<=", REDONE),
                          Check(f"killed after {piece} pieces: the same bytes", float(same), ">=", 1)]
        left = leftovers(library)
        report.checks.append(Check(f"killed after {piece} pieces: files left in the end", float(len(left)), "<=", 0))
    report.notes += [f"Undisturbed: {undisturbed.cpu_seconds:.1f} CPU s. A piece is a sixth of the hour; the file is read again up to it.",
                     "The killed run's CPU is without its ffmpeg's (about a second), which nobody waits for."]
    return [report]


def wait_for_states(process, library: Path, count: int) -> None:
    """Waits until so many states were put down."""
    seen, last = 0, None
    while seen < count:
        if process.poll() is not None:
            raise cueline.Unavailable("the analysis ended before it could be killed")
        for state in (library / "work").glob("checkpoint-*/state"):
            try:
                stamp = state.stat().st_mtime_ns
            except OSError:
                continue
            if stamp != last:
                seen, last = seen + 1, stamp
        time.sleep(0.02)


def leftovers(library: Path) -> list:
    """Files of analyses that are not of the library itself."""
    return [path for folder in ("work", "tmp") for path in (library / folder).rglob("*") if path.is_file()]


def bytes_again() -> list:
    report = Report("long bytes", "Long recordings: the same bytes from the same hour", ["jobs", "wall s", "same bytes"])
    recording = long_sets.recording("1 h")
    first = None
    for jobs in (2, 1, 4):
        cost, found = analyze(f"jobs-{jobs}", recording, jobs=jobs)
        first = first or found
        report.add(str(jobs), cost.wall_seconds, "yes" if found == first else "no")
        report.checks.append(Check(f"{jobs} jobs: the same bytes", float(found == first), ">=", 1))
    # Beside others, in one command.
    folder = places.fresh_folder("long/beside")
    inputs = [long_sets.recording("10 min"), recording]
    begun = time.monotonic()
    command = [cueline.binary(), "analyze", *inputs, "-o", folder, "--quiet", "--language", "en", "--jobs", "2"]
    peers.run_measured("long-beside", command, cueline.environment(), CORES)
    same = (folder / (recording.name + ".json")).read_bytes() == first
    report.add("2, beside another recording", time.monotonic() - begun, "yes" if same else "no")
    report.checks.append(Check("beside another recording: the same bytes", float(same), ">=", 1))
    return [report]


def drift() -> list:
    seconds = long_sets.LENGTHS["10 h"]
    report = Report("long drift", "Long recordings: clicks of ten hours, 48 kHz", ["minute", "clicks", "found", "median ms", "most ms"])
    _, found = analyze("clicks", long_sets.clicks(seconds), "--no-speech-music")
    beats = np.array([beat["time_ms"] / 1000 for beat in json.loads(found)["beats"]])
    medians = []
    for begin in (60, seconds // 2, seconds - 60):
        true = np.arange(begin, begin + 60, long_sets.CLICK_SECONDS)
        near = np.array([beats[np.abs(beats - time).argmin()] - time for time in true]) * 1000
        hit = near[np.abs(near) < 70]
        medians.append(float(np.median(hit)) if len(hit) else float("nan"))
        report.add(f"{begin / 60:.0f}", len(true), len(hit), medians[-1], float(np.abs(hit).max()) if len(hit) else None)
        report.checks.append(Check(f"minute {begin / 60:.0f}: clicks found", len(hit) / len(true), ">=", 0.98))
    report.checks += [Check("the last minute's clicks are off by, ms", abs(medians[-1]), "<=", DRIFT_MS),
                      Check("drift from the second minute to the last, ms", abs(medians[-1] - medians[0]), "<=", DRIFT_MS)]
    report.notes.append("Beats of the timeline beside the clicks' true times.")
    return [report]


# Stopping

def descendants(pid: int) -> list:
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found += [int(child), *descendants(int(child))]
    except OSError:
        pass
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def seconds_until(condition, limit: float = 20) -> float:
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > limit:
            return float("inf")
        time.sleep(0.005)
    return time.monotonic() - begun


def files_below(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def stopping() -> list:
    report = Report("long stop", "Long recordings: stopping", ["what", "s until nothing runs", "files left", "processes left"])
    recording = long_sets.recording("1 h")

    def add(what: str, seconds: float, files: int, processes: int) -> None:
        report.add(what, seconds, files, processes)
        report.checks += [Check(f"{what}: s until nothing runs", seconds, "<=", STOP_SECONDS),
                          Check(f"{what}: files and processes left", float(files + processes), "<=", 0)]

    for what, delay, uses_library in (("Ctrl-C while hearing", 1.0, False), ("Ctrl-C while transcribing", 5.0, False),
                                      ("Ctrl-C, with a library", 10.0, True)):
        temporary, library = places.fresh_folder("long/tmp"), places.fresh_folder("long/stop-library")
        options = ["--library", str(library)] if uses_library else []
        output = places.fresh_folder("long/stop") / "summary.json"
        process = subprocess.Popen(
            [cueline.binary(), "analyze", str(recording), "-o", str(output), "--quiet", "--language", "en", *options],
            env={**os.environ, **cueline.environment(), "TMPDIR": str(temporary)}, stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(delay)
        tree = [process.pid, *descendants(process.pid)]
        process.send_signal(signal.SIGINT)
        taken = seconds_until(lambda: process.poll() is not None and not any(alive(pid) for pid in tree))
        left = files_below(temporary) + len(leftovers(library)) + output.exists()
        add(what, taken, left, sum(alive(pid) for pid in tree))

    temporary, library = places.fresh_folder("long/tmp"), places.fresh_folder("long/serve")
    cueline.binary()  # asks Swift, which leaves folders behind
    os.environ["TMPDIR"] = str(temporary)
    try:
        with service.Server(library, "--source-root", str(recording.parent)) as server:
            server.ask("/media-v2/assets", {"id": "hour", "kind": "audio", "source_uri": recording.as_uri()})
            job = start_job(server)
            time.sleep(6)
            add("a client of the job's events goes away", *closed_stream(server, job))
            still = server.ask(f"/jobs/{job}")["state"] == "running"
            report.checks.append(Check("the job that it followed goes on", float(still), ">=", 1))
            tree = descendants(server.process.pid)
            request = urllib.request.Request(server.address + f"/jobs/{job}", headers=service.HEADERS, method="DELETE")
            begun = time.monotonic()
            urllib.request.urlopen(request).read()
            seconds_until(lambda: not any(alive(pid) for pid in tree))
            taken = time.monotonic() - begun
            add("DELETE of a job", taken, files_below(temporary) + len(leftovers(library)),
                sum(alive(pid) for pid in tree))
    finally:
        del os.environ["TMPDIR"]
    report.notes.append("A job belongs to nobody's connection: who stops following it takes nothing with it but the stream.")
    return [report]


def start_job(server) -> str:
    request = urllib.request.Request(
        server.address + "/audio/semantic-timeline/analyze", data=json.dumps({"asset_id": "hour", "language": "en"}).encode(),
        headers={**service.HEADERS, "Content-Type": "application/json", "Prefer": "respond-async"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["id"]


def closed_stream(server, job: str) -> tuple:
    """Follows a job, goes away, and looks at what of it is left in the server: connections."""
    host, port = server.address.removeprefix("http://").split(":")

    def connections() -> int:
        listed = Path(f"/proc/{server.process.pid}/fd")
        return sum(os.readlink(entry).startswith("socket:") for entry in listed.iterdir() if entry.exists() or entry.is_symlink())

    before = connections()
    client = socket.create_connection((host, int(port)))
    headers = "".join(f"{name}: {value}\r\n" for name, value in service.HEADERS.items())
    client.sendall(f"GET /jobs/{job}/events HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n".encode())
    received = b""
    while received.count(b"event: progress") < 2:
        received += client.recv(65536)
    client.close()
    taken = seconds_until(lambda: connections() <= before)
    return taken, 0, max(0, connections() - before)


def run() -> list:
    return parts.run(
        dict(lengths=lengths, hour=hour, killed=killed, bytes=bytes_again, drift=drift, stopping=stopping))
