"""The systems of the topic speech: each one hears a recording in a process of its own, with the same weights."""

import functools
import json
from dataclasses import dataclass, field
from pathlib import Path

import cueline
import measure
import peers
import places

OURS, OPENAI, COMMAND_LINE = "cueline", "openai-whisper", "whisper-cli q8_0"
FASTER, FILTERED = "faster-whisper int8", "faster-whisper int8 + filter"
SYSTEMS = (OURS, FILTERED, FASTER, OPENAI, COMMAND_LINE)
BEAM, ALONE, BEAM_ALONE = f"{FILTERED}, beam", f"{FILTERED}, alone", f"{FILTERED}, beam, alone"
FASTER_OPTIONS = {FASTER: [], FILTERED: ["--filter"], BEAM: ["--filter", "--beam", "5"], ALONE: ["--filter", "--alone"],
                  BEAM_ALONE: ["--filter", "--beam", "5", "--alone"]}


@dataclass
class Heard:
    """What a system heard: words are (text, start, end), in seconds."""

    text: str
    words: list = field(repr=False)
    language: str | None
    cost: measure.Cost


@functools.cache
def hear(system: str, recording: Path, model: str, language: str, cores: int = 1, attempt: int = 0) -> Heard:
    """Runs a system over one recording; asked again for the same, it answers from memory. `attempt` tells runs apart."""
    name = system.replace(",", "").replace(" ", "-")
    folder = places.fresh_folder(f"speech/{recording.stem}-{model}-{language}-{name}-{cores}-{attempt}")
    output = folder / f"{recording.stem}.json"
    # Nobody else tells voices apart.
    environment = {**cueline.environment(), "CUELINE_SPEAKERS": "off"} if system == OURS else None
    cost = peers.run_measured(name, command(system, recording, output, model, language, cores), environment, cores)
    return Heard(*READERS.get(system, read_python)(output, recording), cost)


def command(system: str, recording: Path, output: Path, model: str, language: str, cores: int) -> list:
    """Word times are on everywhere."""
    options = ["--words", "--language", language, "--threads", str(cores)]
    if system == OURS:
        return cueline.analyze_command([recording], output, "--language", language, "--model", model, "--no-beats",
                                       "--jobs", str(cores))
    if system == OPENAI:
        return peers.whisper_command(output, [recording], *options, model=model)
    if system == COMMAND_LINE:
        return peers.whisper_cli_command(output, recording, language, cores, model)
    return peers.faster_whisper_command(output, recording, *options, *FASTER_OPTIONS[system], model=model)


def read_ours(output: Path, recording: Path) -> tuple:
    summary = cueline.read_summary(output)
    words = [(word["word"], word["start_ms"] / 1000, word["end_ms"] / 1000)
             for event in summary["events"] for word in event.get("meta", {}).get("words", [])]
    return cueline.text(summary), words, summary["meta"].get("language")


def read_python(output: Path, recording: Path) -> tuple:
    found = json.loads(output.read_text())
    found = found.get(recording.stem, found)
    return found["text"], [tuple(word) for word in found["words"]], found.get("language")


def read_command_line(output: Path, recording: Path) -> tuple:
    found = json.loads(output.read_text(errors="replace"))
    words = [(part["text"], part["offsets"]["from"] / 1000, part["offsets"]["to"] / 1000)
             for part in found["transcription"] if part["text"].strip()]
    return "".join(word for word, _, _ in words), words, found["result"]["language"]


READERS = {OURS: read_ours, COMMAND_LINE: read_command_line}
