"""Runs a command on one core, or a few, and measures its process tree: CPU seconds and peak resident memory."""

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
PERIOD = 0.02


@dataclass
class Cost:
    cpu_seconds: float
    wall_seconds: float
    peak_megabytes: float
    status: int
    largest_megabytes: float = 0.0  # peak of the largest process of the tree


def run(command: list, environment: dict | None = None, log: Path | None = None, cores: int = 1) -> Cost:
    """CPU time is user and system time of the command and all of its descendants, which must have been waited for.

    The peak is the largest sum of resident memory over the tree, looked at every 20 ms (Linux), or the largest process,
    whichever is more.
    """
    pinned = set(sorted(os.sched_getaffinity(0))[:cores]) if hasattr(os, "sched_setaffinity") else None
    threads = {name: str(cores) for name in THREADS}
    output = open(log, "wb") if log else subprocess.DEVNULL
    begun = time.monotonic()
    process = subprocess.Popen(
        [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        env={**os.environ, **threads, **(environment or {})},
        preexec_fn=(lambda: os.sched_setaffinity(0, pinned)) if pinned else None)
    stop, peak = threading.Event(), [0]

    def watch() -> None:
        while not stop.wait(PERIOD):
            peak[0] = max(peak[0], tree_bytes(process.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - begun
    stop.set()
    watcher.join()
    if log:
        output.close()
    largest = usage.ru_maxrss * (1024 if os.uname().sysname == "Linux" else 1)
    return Cost(usage.ru_utime + usage.ru_stime, wall, max(peak[0], largest) / 1e6, process.returncode, largest / 1e6)


def tree_bytes(root: int) -> int:
    """Resident memory of a process and its descendants; 0 where /proc does not exist.

    A child that has not become another program yet does not count: its pages are its parent's.
    """
    total, pending, page = 0, [(root, None)], os.sysconf("SC_PAGE_SIZE")
    while pending:
        process, parents_command = pending.pop()
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
            if command != parents_command:
                total += int(Path(f"/proc/{process}/statm").read_text().split()[1]) * page
            for task in os.listdir(f"/proc/{process}/task"):
                children = Path(f"/proc/{process}/task/{task}/children").read_text()
                pending += [(int(child), command) for child in children.split()]
        except (OSError, IndexError, ValueError):
            continue  # it has ended
    return total
