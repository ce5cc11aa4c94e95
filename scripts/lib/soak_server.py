"""The service of the soak: a real `cueline serve` on a library in a temporary folder, looked at from outside."""

import os
import pathlib
import re
import signal
import subprocess
import time


class Server:
    def __init__(self, program, folder, arguments):
        self.program, self.folder = program, folder
        self.library = folder / "library"
        self.environment = dict(
            os.environ, CUELINE_AUTH_KEY="", CUELINE_AUTH_KEYS_FILE="", CUELINE_DATABASE="", CUELINE_BLOBS="",
            SWIFT_BACKTRACE="enable=no")
        keys = folder / "keys"
        keys.write_text("soak " + os.urandom(32).hex() + "\n")
        keys.chmod(0o600)
        self.keys = ["--auth-keys", str(keys)]
        self.log = folder / "server.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [program, "serve", "--port", "0", "--library", str(self.library), "--log-level", "warning",
                 *self.keys, *arguments], env=self.environment, stdout=subprocess.DEVNULL, stderr=log)
        self.port = self._wait_for_port()

    def _wait_for_port(self):
        for _ in range(600):
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", self.log.read_text(errors="replace"))
            if found:
                return int(found.group(1))
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"soak: the server did not start:\n{self.log.read_text(errors='replace')}")

    def run(self, *arguments):
        return subprocess.run(
            [self.program, *arguments], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def token(self, tenant):
        made = self.run("token", "--tenant", tenant, "--env", "soak", "--seconds", "864000", *self.keys)
        if made.returncode:
            raise SystemExit(f"soak: no token: {made.stderr}")
        return made.stdout.strip()

    # What there is of it now.

    def descendants(self):
        """Processes below the server, by their parents."""
        parents = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    fields = pathlib.Path("/proc", name, "stat").read_text().rsplit(")", 1)[1].split()
                    parents[int(name)] = int(fields[1])
                except (OSError, IndexError):
                    pass
        found, grew = {self.process.pid}, True
        while grew:
            more = {pid for pid, parent in parents.items() if parent in found and pid not in found}
            found |= more
            grew = bool(more)
        return found - {self.process.pid}

    @staticmethod
    def _status(pid):
        try:
            text = pathlib.Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return 0, 0
        value = lambda name: int((re.search(rf"^{name}:\s+(\d+)", text, re.M) or [0, 0])[1])
        return value("VmRSS"), value("Threads")

    def sample(self):
        resident, threads = self._status(self.process.pid)
        children = self.descendants()
        try:
            descriptors = len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except OSError:
            descriptors = 0
        return {
            "at": time.monotonic(), "resident_kb": resident, "threads": threads, "descriptors": descriptors,
            "children": len(children), "children_kb": sum(self._status(pid)[0] for pid in children),
            "temporary": self.temporary(), "database": sum(
                path.stat().st_size for path in self.library.glob("library.sqlite*") if path.exists())}

    def open_files(self):
        """What the server has open, by kind, and where it is below the library."""
        kinds = {}
        for name in os.listdir(f"/proc/{self.process.pid}/fd"):
            try:
                target = os.readlink(f"/proc/{self.process.pid}/fd/{name}")
            except OSError:
                continue
            kind = re.sub(r":?\[.*\]", "", target.removeprefix(str(self.library) + "/"))
            kinds[kind] = kinds.get(kind, 0) + 1
        return kinds

    def temporary(self):
        """Files that are there only while something is done."""
        count = 0
        for folder, names, files in os.walk(self.library):
            place = os.path.relpath(folder, self.library)
            if place.split(os.sep)[0] == "work" and not place.startswith("work/checkpoint-"):
                count += len(files)
            elif "tmp" in place.split(os.sep):
                count += len(files)
        return count

    def stop(self):
        """Asks it to stop; gives the exit status and what is left of its processes."""
        before = self.descendants()
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        time.sleep(2)
        return status, [pid for pid in before if os.path.exists(f"/proc/{pid}")]
