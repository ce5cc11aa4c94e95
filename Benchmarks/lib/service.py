"""A running `cueline serve`, and load on it."""

import json
import os
import re
import subprocess
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import cueline

HEADERS = {"X-Tenant-Id": "t1", "X-Env": "dev"}


class Server:
    """Serves a library while the `with` block runs."""

    def __init__(self, library: Path, *options: str):
        command = [cueline.binary(), "serve", "--port", "0", "--library", str(library), *options]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
        self.address = None
        for line in self.process.stderr:
            found = re.search(rb"listening on (http://[\d.:]+)", line)
            if found:
                self.address = found[1].decode()
                break
        if not self.address:
            raise cueline.Unavailable(f"cueline serve ended with {self.process.wait()}")
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self) -> None:
        for _ in self.process.stderr:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        if self.process.wait(60) != 0:
            raise cueline.Unavailable(f"cueline serve ended with {self.process.returncode}")

    def ask(self, path: str, body: dict | None = None) -> dict:
        request = urllib.request.Request(
            self.address + path, headers={**HEADERS, "Content-Type": "application/json"},
            data=json.dumps(body).encode() if body is not None else None)
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)

    def upload(self, file: Path, asset: str) -> None:
        command = ["curl", "--silent", "--show-error", "--fail", "--output", os.devnull, "-F", f"id={asset}", "-F",
                   f"file=@{file}", *[f for n, v in HEADERS.items() for f in ("-H", f"{n}: {v}")],
                   self.address + "/media-v2/assets"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise cueline.Unavailable(f"the upload failed: {done.stderr.strip()}")

    def memory(self, field: str = "VmRSS") -> float:
        """Megabytes (of 1024 * 1024 bytes) of the server process; `VmHWM` is its peak."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) / 1024

    def reset_peak(self) -> None:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def children_started(self) -> int:
        """Processes that the server has started so far, as its metrics count analyses that ended."""
        with urllib.request.urlopen(self.address + "/metrics") as answer:
            return sum(int(float(n)) for n in re.findall(r"^analyses_total\S* (\S+)$", answer.read().decode(), re.M))


@dataclass
class Load:
    """What `wrk` measured, in milliseconds."""

    p50: float
    p99: float
    requests: int
    per_second: float
    errors: int


def wrk(address: str, script: str, folder: Path, connections: int = 32, seconds: float = 8) -> Load:
    """Closed-loop load: every connection asks again as soon as it was answered."""
    path = folder / "load.lua"
    path.write_text(script + """
function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format("RESULT %f %f %d %f %d\\n", latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.requests, summary.requests / (summary.duration / 1e6), e.connect + e.read + e.write + e.status + e.timeout))
end
""")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(path), address]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"RESULT (\S+) (\S+) (\d+) (\S+) (\d+)", done.stdout)
    if not found:
        raise cueline.Unavailable(f"wrk failed: {done.stdout} {done.stderr}")
    p50, p99, requests, rate, errors = map(float, found.groups())
    return Load(p50, p99, int(requests), rate, int(errors))


def wait_quiet(seconds: float = 1) -> None:
    time.sleep(seconds)
