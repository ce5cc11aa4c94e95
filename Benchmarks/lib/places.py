"""Where things are: the repository, the cache folder and what the benchmark keeps in it."""

import fcntl
import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BENCHMARKS = REPOSITORY / "Benchmarks"
KEPT = BENCHMARKS / "results"  # of the last runs, checked in
_CACHE_HOME = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
CACHE = Path(os.environ.get("CUELINE_CACHE") or _CACHE_HOME / "cueline") / "bench"
SOURCES = CACHE / "sources"
WORK = CACHE / "work"
RESULTS = CACHE / "results"
MODELS = CACHE / "models"


def fresh_folder(name: str) -> Path:
    """An empty folder below the work folder."""
    import shutil

    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def alone():
    """A file that is locked as long as it is open: runs side by side would remove each other's work and swell each other's figures.

    Waits, and says so, where another run has it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    lock = open(CACHE / "lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("bench: waiting for another run to end …", file=sys.stderr, flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock
