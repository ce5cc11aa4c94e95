"""Running the system under test and reading its summaries."""

import functools
import json
import os
import subprocess
from pathlib import Path

import places


class Unavailable(RuntimeError):
    """The system under test, or something that a topic needs, is missing or failed."""


@functools.cache
def binary() -> str:
    """The command: `CUELINE_BIN`, or the release build of this repository."""
    chosen = os.environ.get("CUELINE_BIN")
    if not chosen:
        command = ["swift", "build", "-c", "release", "--show-bin-path"]
        try:
            shown = subprocess.run(command, cwd=places.REPOSITORY, capture_output=True, text=True)
        except OSError as error:
            raise Unavailable("cueline: neither CUELINE_BIN nor a Swift toolchain is there") from error
        chosen = str(Path(shown.stdout.strip() or ".build/release") / "cueline")
    if not os.access(chosen, os.X_OK):
        raise Unavailable(f"cueline: {chosen} is not there; build it (`swift build -c release`) or set CUELINE_BIN")
    return chosen


def summary_name(recording: Path) -> str:
    """The file that `analyze` writes into the output folder for a recording."""
    return recording.name + ".json"


@functools.cache
def help_text() -> str:
    return subprocess.run([binary(), "analyze", "--help"], capture_output=True, text=True).stdout


def analyze_command(recordings: list, output: Path, *options: str) -> list:
    """Everything is computed: a build that keeps results is given an empty library and `--force`."""
    uncached = ["--force"] if "--force" in help_text() else []
    if "--library" in help_text():
        uncached += ["--library", places.fresh_folder("library")]
    return [binary(), "analyze", *recordings, "-o", output, "--quiet", *uncached, *options]


def environment() -> dict:
    """The benchmark measures the real engine: a stub in place of a missing part would be scored as if it were real."""
    return {"AUDIO_SEMANTIC_FALLBACK": "error"}


def analyze(recordings: list, output: Path, *options: str) -> dict:
    """Analyses recordings of distinct names, all in one call; returns the summaries by file stem."""
    if not recordings:
        raise Unavailable("there are no recordings to analyse")
    if len(recordings) == 1:  # with one input, -o may name a file: name it
        output = output / summary_name(Path(recordings[0]))
    command = [str(part) for part in analyze_command(recordings, output, *options)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**os.environ, **environment()})
    if done.returncode:
        raise Unavailable(f"cueline analyze ended with {done.returncode}: {done.stderr.strip()[-600:]}")
    folder = output if output.is_dir() else output.parent
    return {Path(r).stem: read_summary(folder / summary_name(Path(r))) for r in recordings}


def read_summary(path: Path) -> dict:
    try:
        summary = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Unavailable(f"no summary: {error}") from error
    if summary.get("meta", {}).get("backend_type") == "stub":
        raise Unavailable("cueline answered with its stub: a part that it needs is missing (`cueline doctor`)")
    return summary


def text(summary: dict) -> str:
    return " ".join(event.get("transcription") or "" for event in summary["events"])


def beats(summary: dict) -> dict:
    """Beat and downbeat times in seconds."""
    found = summary.get("beats") or []
    return dict(beats=[beat["time_ms"] / 1000 for beat in found],
                downbeats=[beat["time_ms"] / 1000 for beat in found if beat.get("beat_in_bar") == 1])


def intervals(summary: dict) -> list:
    return [dict(type=e["kind"], start=e["start_ms"] / 1000, end=e["end_ms"] / 1000, confidence=e.get("confidence"))
            for e in summary["events"]]
