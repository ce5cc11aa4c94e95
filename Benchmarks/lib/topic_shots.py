"""Shots: a sequence of 1 000 clips over 50 analysed recordings becomes a shot list; the older way beside it."""

import json
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

import cueline
import places
import service
from table import Check, Report

CLIPS, RECORDINGS, EVENTS, LIMIT_MS = 1000, 50, 3600, 100
ROUNDS = 30


def run() -> Report:
    folder = places.fresh_folder("shots")
    maker = Path(cueline.binary()).with_name("service-fixture")
    if not maker.exists():
        raise cueline.Unavailable("service-fixture is not built (make bench-shots builds it)")
    done = subprocess.run([maker, folder / "library", str(EVENTS), str(RECORDINGS)], capture_output=True, text=True)
    if done.returncode:
        raise cueline.Unavailable(f"service-fixture: {done.stderr}")
    facts = json.loads(done.stdout)
    report = Report("shots", f"{CLIPS} clips over {RECORDINGS} recordings of {facts['duration_ms'] / 60_000:.0f} minutes "
                             f"({EVENTS} events each)", ["way", "p50 ms", "max ms", "rounds"])
    with service.Server(folder / "library") as server:
        report.add("cueline, the first list of a server: nothing is cached", *measure(server, [sequence(facts, 0)]))
        same = measure(server, [sequence(facts, 0)] * ROUNDS)
        report.add("cueline, the same list", *same)
        other = measure(server, [sequence(facts, seed) for seed in range(1, ROUNDS + 1)])
        report.add("cueline, another list each time, which is stored", *other)
    request = folder / "sequence.json"
    request.write_text(json.dumps(sequence(facts, 1)))
    recordings = folder / "recordings.json"
    recordings.write_text(json.dumps(facts["recordings"]))
    older = peer(request, recordings)
    report.add("older: parse each recording's JSON, first speech of all", *older)
    report.checks += [Check("p50 of a new list, ms", other[0], "<=", LIMIT_MS),
                      Check("p50 of the same list, ms", same[0], "<=", LIMIT_MS),
                      Check("older time / ours (p50, new lists)", older[0] / other[0], ">", 1)]
    report.notes.append("Ours over HTTP, reading the answer; the older way without, in one process, its JSON in the page "
                        "cache; it asks for the first speech of a recording only, and for no beats.")
    return report


def sequence(facts: dict, seed: int) -> dict:
    """Clips of 0.2 to 4 s from all over the recordings, one after the other on four tracks."""
    draw = random.Random(seed)
    ids = sorted(facts["recordings"])
    tracks = [dict(id=f"t{n}", role="dialogue", clips=[]) for n in range(4)]
    position = 0
    for number in range(CLIPS):
        length = draw.randrange(200, 4000)
        tracks[number % 4]["clips"].append(dict(
            id=f"c{number}", asset_id=ids[number % len(ids)], start_ms=position, duration_ms=length,
            source_offset_ms=draw.randrange(1, facts["duration_ms"] - length)))
        position += length
    return dict(sequence=dict(id=f"s{seed}", tracks=tracks))


def ask(server: service.Server, body: dict) -> dict:
    answer = server.ask("/audio/to-video-origin", body)
    if answer["meta"]["count"] != CLIPS or answer["meta"]["missing_semantics"]:
        raise cueline.Unavailable(f"not all shots were aligned: {answer['meta']}")
    return answer


def measure(server: service.Server, bodies: list) -> tuple:
    times = []
    for body in bodies:
        begun = time.perf_counter()
        ask(server, body)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times), max(times), len(times)


def peer(request: Path, recordings: Path) -> tuple:
    command = [sys.executable, str(places.BENCHMARKS / "lib" / "peer_shots.py"), str(request), str(recordings)]
    done = subprocess.run(command, input="\n" * 5, capture_output=True, text=True)
    if done.returncode:
        raise cueline.Unavailable(f"the older way failed: {done.stderr.strip()[-400:]}")
    times = [float(line) * 1000 for line in done.stdout.split()]
    return statistics.median(times), max(times), len(times)
