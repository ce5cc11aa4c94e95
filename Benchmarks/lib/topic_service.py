"""Service: cached answers under load, slices of a very long timeline, memory of a large upload."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import cueline
import places
import service
from table import Check, Report

HIT_P99_MS, CLIP_P99_MS, UPLOAD_MB, NEIGHBOUR_RATIO = 15, 20, 32, 3
EVENTS = int(os.environ.get("CUELINE_BENCH_EVENTS", 1_000_000))
UPLOAD_BYTES = int(os.environ.get("CUELINE_BENCH_UPLOAD_BYTES", 2 << 30))
HEADER_LINES = "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in service.HEADERS.items())
ASK = {"tenant_id": "t1", "env": "dev", "asset_id": "a123", "user_id": "u1", "include_beats": True,
       "include_speech_music": True}
HIT = HEADER_LINES + f"""
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{json.dumps(ASK)}'
"""


def run() -> list:
    folder = places.fresh_folder("service")
    recording = places.REPOSITORY / "Fixtures" / "harbour.flac"
    with service.Server(folder / "library") as server:
        server.upload(recording, "a123")
        server.ask("/audio/semantic-timeline/analyze", ASK)
        reports = [hits(server, folder), uploads(server, folder)]
    return reports + [clips(folder)]


def hits(server: service.Server, folder: Path) -> Report:
    report = Report("service", "Cached analyze, closed loop from wrk on the same machine",
                    ["connections", "requests/s", "p50 ms", "p99 ms", "errors"])
    before = server.children_started()
    address = server.address + "/audio/semantic-timeline/analyze"
    service.wrk(address, HIT, folder, seconds=2)
    for connections in (1, 8, 32):
        load = service.wrk(address, HIT, folder, connections)
        report.add(connections, load.per_second, load.p50, load.p99, load.errors)
    started = server.children_started() - before
    report.checks += [Check("p99 of a hit with 32 connections, ms", load.p99, "<=", HIT_P99_MS),
                      Check("errors", load.errors, "<=", 0),
                      Check("analyses started by hits", started, "<=", 0)]
    return report


def uploads(server: service.Server, folder: Path) -> Report:
    """One client uploads flat out; what happens to memory, and to others' cached answers (8 connections)."""
    report = Report("service upload", f"An upload of {UPLOAD_BYTES / 2**30:.1f} GB beside cached answers",
                    ["phase", "peak MB", "hit p50 ms", "hit p99 ms", "upload MB/s"],
                    partial="CUELINE_BENCH_UPLOAD_BYTES" in os.environ)
    address = server.address + "/audio/semantic-timeline/analyze"
    large = folder / "large.bin"
    with open(large, "wb") as file:
        file.truncate(UPLOAD_BYTES)
    service.wait_quiet()
    server.reset_peak()
    idle = service.wrk(address, HIT, folder, 8, seconds=10)
    idle_peak = server.memory("VmHWM")
    report.add("idle", idle_peak, idle.p50, idle.p99, None)

    server.reset_peak()
    quiet = server.memory()
    begun = service.time.monotonic()
    server.upload(large, "alone")
    alone_rate = UPLOAD_BYTES / 2**20 / (service.time.monotonic() - begun)
    alone = server.memory("VmHWM")
    report.add("upload alone", alone, None, None, alone_rate)

    server.reset_peak()
    stop, sent = threading.Event(), []

    def upload_on() -> None:
        number = 0
        while not stop.is_set():
            begun = service.time.monotonic()
            server.upload(large, f"large{number}")
            sent.append(UPLOAD_BYTES / 2**20 / (service.time.monotonic() - begun))
            number += 1

    uploader = threading.Thread(target=upload_on)
    uploader.start()
    service.time.sleep(0.5)
    busy = service.wrk(address, HIT, folder, 8, seconds=10)
    stop.set()
    uploader.join()
    report.add("uploading", server.memory("VmHWM"), busy.p50, busy.p99, sum(sent) / len(sent))
    large.unlink()
    report.checks += [
        Check("peak of an upload above what was resident before, MB", alone - quiet, "<=", UPLOAD_MB),
        Check("hit p99 while uploading / idle", busy.p99 / idle.p99, "<=", NEIGHBOUR_RATIO)]
    return report


def clips(folder: Path) -> Report:
    """A clip of a minute out of a timeline of a million events, all over it; the older way beside it."""
    library = folder / "long"
    maker = Path(cueline.binary()).with_name("service-fixture")
    if not maker.exists():
        raise cueline.Unavailable("service-fixture is not built (make bench-service builds it)")
    done = subprocess.run([maker, library, str(EVENTS)], capture_output=True, text=True)
    if done.returncode:
        raise cueline.Unavailable(f"service-fixture: {done.stderr}")
    facts = json.loads(done.stdout)
    # 1021 is coprime to the clips' number: each is asked for once before any comes again.
    fresh = HEADER_LINES + f"""
local number = 0
function request()
    number = (number + 1021) % {facts["clips"]}
    return wrk.format("GET", "/audio/semantic-timeline/by-clip/clip" .. number)
end
"""
    again = fresh.replace("+ 1021", "+ 64")
    report = Report("service clips", f"By clip: a minute out of {EVENTS} events ({facts['bytes'] / 1e6:.0f} MB of JSON)",
                    ["way", "connections", "requests/s", "p50 ms", "p99 ms", "peak MB", "errors"],
                    partial="CUELINE_BENCH_EVENTS" in os.environ)
    loads = []
    with service.Server(library) as server:
        first = _timed(lambda: server.ask("/audio/semantic-timeline/by-clip/clip31"))
        report.add("cueline, the first request", 1, None, first * 1000, None, server.memory("VmHWM"), 0)
        for name, script, connections, seconds in (
                ("cueline, new clips", fresh, 1, 4), ("cueline, new clips", fresh, 4, 4),
                ("cueline, 64 clips", again, 4, 8), ("cueline, 64 clips", again, 32, 8)):
            load = service.wrk(server.address, script, folder, connections, seconds)
            loads.append(load)
            report.add(name, connections, load.per_second, load.p50, load.p99, server.memory("VmHWM"), load.errors)
    peer, megabytes = peer_seconds(Path(facts["json"]), facts["duration_ms"] // 2)
    report.add("older: parse all, walk all", 1, 1 / peer, peer * 1000, peer * 1000, megabytes, 0)
    report.checks += [
        Check("p99 of by-clip, new clips, 1 connection, ms", loads[0].p99, "<=", CLIP_P99_MS),
        Check("p99 of by-clip, 64 clips, 32 connections, ms", loads[3].p99, "<=", CLIP_P99_MS),
        Check("errors", sum(load.errors for load in loads), "<=", 0),
        Check("older time / ours (p50, new clips)", peer * 1000 / loads[0].p50, ">", 1)]
    report.notes.append("The older way is timed without HTTP; its best of three.")
    return report


def peer_seconds(path: Path, start: int) -> tuple:
    command = [sys.executable, places.BENCHMARKS / "lib" / "peer_slice.py", path, str(start), str(start + 60_000)]
    done = subprocess.run([str(part) for part in command], input="\n" * 3, capture_output=True, text=True)
    if done.returncode:
        raise cueline.Unavailable(f"the older way failed: {done.stderr.strip()[-400:]}")
    *seconds, kilobytes = done.stdout.split()
    return min(map(float, seconds)), int(kilobytes) / 1024


def _timed(work) -> float:
    begun = service.time.perf_counter()
    work()
    return service.time.perf_counter() - begun
