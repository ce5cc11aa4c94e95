"""`peer_slice.py JSON IN OUT`: a clip's slice as the older implementation makes it, once per line on standard input.

It reads and validates the whole summary for every request (pydantic models), then walks through all events and beats.
Prints the seconds of each, and the peak resident memory in kilobytes at the end.
"""

import json
import resource
import sys
import time

from pydantic import BaseModel


class AudioEvent(BaseModel):
    kind: str
    start_ms: int
    end_ms: int
    speaker_id: str | None = None
    loudness_lufs: float | None = None
    confidence: float | None = None
    transcription: str | None = None
    meta: dict = {}


class BeatEvent(BaseModel):
    time_ms: int
    beat_index: int | None = None
    bar_index: int | None = None
    subdivision: int | None = None


class Summary(BaseModel):
    asset_id: str
    artifact_id: str | None = None
    duration_ms: int
    events: list[AudioEvent]
    beats: list[BeatEvent]
    meta: dict


def cut(path: str, start: int, end: int) -> int:
    with open(path, encoding="utf-8") as file:
        summary = Summary(**json.load(file))
    events = [e.model_copy(update=dict(start_ms=max(e.start_ms, start) - start, end_ms=min(e.end_ms, end) - start))
              for e in summary.events if e.start_ms <= end and e.end_ms >= start]
    beats = [b.model_copy(update=dict(time_ms=b.time_ms - start)) for b in summary.beats if start <= b.time_ms <= end]
    return len(events) + len(beats)


path, start, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for _ in sys.stdin:
    begun = time.perf_counter()
    cut(path, start, end)
    print(time.perf_counter() - begun, flush=True)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
