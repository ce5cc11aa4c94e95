"""Formats: one sound in many containers must give one timeline."""

import subprocess
from pathlib import Path

import cueline
import numpy as np
import places
from table import Check, Report

MEDIAN_MS, P95_MS = 5, 40
MATCH_MS = 500
VIDEO = ["-f", "lavfi", "-i", "color=c=gray:s=160x90:r=25"]
ENCODINGS = {
    "wav": ["-c:a", "pcm_s16le"],
    "flac": ["-c:a", "flac"],
    "mp3": ["-c:a", "libmp3lame", "-b:a", "128k"],
    "m4a": ["-c:a", "aac", "-b:a", "128k"],
    "ogg": ["-c:a", "libvorbis", "-q:a", "5"],
    "opus": ["-c:a", "libopus", "-b:a", "96k"],
    "mp4": ["-map", "0:a", "-map", "1:v", "-c:v", "mpeg4", "-c:a", "aac", "-b:a", "128k", "-shortest"],
}


def encode(source: Path, folder: Path) -> dict:
    encoded = {}
    for extension, options in ENCODINGS.items():
        encoded[extension] = folder / f"{source.stem}-{extension}.{extension}"
        video = VIDEO if extension == "mp4" else []
        command = ["ffmpeg", "-v", "error", "-y", "-i", source, *video, *options, encoded[extension]]
        if subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL).returncode:
            raise cueline.Unavailable(f"ffmpeg could not write {extension}")
    return encoded


def starts(summary: dict) -> dict:
    """Start times by kind; what begins with the recording says nothing about clocks."""
    result = {}
    for event in summary["events"]:
        if event["start_ms"] > 0:
            result.setdefault(event["kind"], []).append(event["start_ms"])
    return result


def differences(reference: dict, other: dict) -> list:
    """Differences of the nearest starts of one kind, in ms; an event without a partner counts as `MATCH_MS`."""
    result = []
    for kind, times in reference.items():
        partners = np.array(other.get(kind, []), float)
        for time in times:
            nearest = np.abs(partners - time).min() if len(partners) else MATCH_MS
            result.append(float(min(nearest, MATCH_MS)))
    return result


def run() -> Report:
    sources = sorted((places.REPOSITORY / "Fixtures").glob("*.flac"))
    if not sources:
        raise cueline.Unavailable("Fixtures holds no .flac files")
    folder = places.fresh_folder("formats")
    encoded = {source: encode(source, folder) for source in sources}
    recordings = [path for paths in encoded.values() for path in paths.values()]
    summaries = cueline.analyze(recordings, places.fresh_folder("formats-out"), "--language", "en")
    report = Report("formats", f"Formats: event starts against the WAV of the same sound, {len(sources)} fixtures",
                    ["format", "events", "median ms", "p95 ms", "without partner", "duration differs, ms"])
    every = []
    for extension in list(ENCODINGS)[1:]:
        found, lengths = [], []
        for paths in encoded.values():
            reference, other = summaries[paths["wav"].stem], summaries[paths[extension].stem]
            found += differences(starts(reference), starts(other))
            lengths.append(abs(reference["duration_ms"] - other["duration_ms"]))
        every += found
        report.add(extension, len(found), *spread(found), sum(d >= MATCH_MS for d in found), max(lengths))
    median, p95 = spread(every)
    report.add("all", len(every), median, p95, sum(d >= MATCH_MS for d in every), None)
    report.checks += [Check("median difference of event starts, ms", median, "<=", MEDIAN_MS),
                      Check("p95 difference of event starts, ms", p95, "<=", P95_MS)]
    return report


def spread(values: list) -> tuple:
    return (float(np.median(values)), float(np.percentile(values, 95))) if values else (None, None)
