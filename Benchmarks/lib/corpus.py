"""Finds the development corpus, or builds it from public packages."""

import json
import os
import subprocess
import sys
from pathlib import Path

import places
from cueline import Unavailable

BUILT = places.CACHE / "corpus"


def folder(name: str) -> Path:
    """A part of the corpus: beats, beats_real, seg or speech."""
    given = os.environ.get("CUELINE_CORPUS")
    root = Path(given) if given else BUILT
    if not given and not (BUILT / ".complete").exists():
        build()
    if not (root / name).is_dir():
        raise Unavailable(f"corpus: {root / name} is not there")
    return root / name


def build() -> None:
    command = [sys.executable, str(places.BENCHMARKS / "corpus/build.py"), str(BUILT), str(places.SOURCES)]
    if subprocess.run(command).returncode:
        raise Unavailable("the corpus could not be built")


def recordings(part: str) -> tuple:
    """The recordings of a part and their truth by stem, in order of their names."""
    return read(folder(part))


def read(place: Path) -> tuple:
    """The recordings of a folder and their truth by stem, in order of their names."""
    paths = sorted(path for path in place.iterdir() if path.suffix in (".flac", ".wav"))
    truth = {path.stem: json.loads(path.with_suffix(".json").read_text()) for path in paths}
    if not paths:
        raise Unavailable(f"corpus: {place.name} is empty")
    return paths, truth


def speech_set(name: str) -> tuple:
    """A recording of speech and its lines. What a corpus lacks is built beside it, in the cache."""
    for parent in (folder("speech"), places.CACHE / "prompts"):
        if (parent / f"{name}.flac").exists() and (parent / f"{name}.json").exists():
            return parent / f"{name}.flac", json.loads((parent / f"{name}.json").read_text())
    sys.path.insert(0, str(places.BENCHMARKS / "corpus"))
    try:
        build_speech(name, places.CACHE / "prompts")
    except (SystemExit, OSError) as error:
        raise Unavailable(f"corpus: {name} could not be built: {error}") from error
    return speech_set(name)


def build_speech(name: str, output: Path) -> None:
    import fetch
    import prompts

    listed = json.loads((places.BENCHMARKS / "corpus/sources.json").read_text())
    if name == "two_cities":
        fetch.fetch_readings(places.BENCHMARKS / "requirements/readings.txt", places.SOURCES)
        return prompts.build_reading(places.SOURCES, listed["prompts"], output)
    language = name.removeprefix("prompts-") if name.startswith("prompts-") else "en"
    packages = [package for package in listed["debian"] if package.startswith(f"asterisk-core-sounds-{language}")]
    fetch.fetch_debian(packages, places.SOURCES)
    if language == "en":
        prompts.build(places.SOURCES, listed["prompts"], output)
    else:
        prompts.build_language(places.SOURCES, listed["prompts"], name, output)
