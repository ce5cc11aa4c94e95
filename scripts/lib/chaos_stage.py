"""What a chaos run stands on: a folder, the programs that it starts, connections, waiting."""

import atexit
import ctypes
import glob
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Problem(Exception):
    """The run cannot go on."""


def say(text):
    print(f"chaos: {text}", file=sys.stderr, flush=True)


class Stage:
    """A folder and the processes of a run; all of them are gone when it ends, however it ends."""

    def __init__(self, name):
        self.folder = tempfile.mkdtemp(prefix=f"cueline-chaos-{name}-")
        os.chmod(self.folder, 0o755)
        self.processes = {}
        self.undo = []
        self.is_closed = False
        atexit.register(self.close)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, name, command, environment=None, prefix=()):
        """Starts a program; one of the same name has ended. Only the main thread does: the kernel ends the program with
        the thread that started it."""
        assert threading.current_thread() is threading.main_thread()
        if shutil.which("setpriv") and command[0] != "setpriv":
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        with open(self.path(name + ".log"), "ab") as log:
            process = subprocess.Popen(
                [*prefix, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, **(environment or {})}, cwd=self.folder)
        self.processes[name] = process
        return process

    def finish(self, command, prefix=(), seconds=60):
        """Runs a program to its end."""
        done = subprocess.run(
            [*prefix, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=seconds, cwd=self.folder)
        text = done.stdout.decode(errors="replace")
        if done.returncode:
            raise Problem(f"{' '.join(command)}: {text.strip()[-2000:]}")
        return text

    def log(self, name):
        try:
            with open(self.path(name + ".log"), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def signal(self, name, number, group=False):
        process = self.processes.get(name)
        if process is None or process.poll() is not None:
            return
        try:
            if group:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        except ProcessLookupError:
            pass

    def stop(self, name, seconds=10):
        """Politely, then not."""
        process = self.processes.pop(name, None)
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        polite = process.poll() is not None
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        process.wait()
        return polite

    def leftovers(self):
        """Processes that name this run's folder and are none of those that it started."""
        own = {process.pid for process in self.processes.values()}
        found = {}
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            pid = int(path.split("/")[2])
            try:
                with open(path, "rb") as file:
                    text = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
            except OSError:
                continue
            if self.folder in text and pid not in own and pid != os.getpid():
                found[pid] = text
        return found

    def close(self):
        if self.is_closed:
            return
        self.is_closed = True
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            try:
                signal.signal(number, signal.SIG_IGN)
            except ValueError:
                pass
        for process in self.processes.values():
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
        for process in self.processes.values():
            process.wait()
        for pid in self.leftovers():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for undo in reversed(self.undo):
            try:
                undo()
            except Exception as error:
                say(f"cleaning up: {error}")
        if os.environ.get("CHAOS_KEEP"):
            say(f"kept {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def free_port():
    """One that the kernel gives to no client."""
    for _ in range(100):
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Problem("no port")


def connect(address, namespace=None, timeout=10):
    """A connection, made in a network namespace where one is named: only the thread goes there."""
    if namespace is None:
        return socket.create_connection(address, timeout)
    result = []

    def run():
        try:
            with open(f"/run/netns/{namespace}") as file:
                if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0x4000_0000):
                    raise OSError(ctypes.get_errno(), "setns")
            result.append(socket.create_connection(address, timeout))
        except OSError as error:
            result.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(result[0], OSError):
        raise result[0]
    return result[0]


def wait_for(what, test, seconds, pause=0.05, log=lambda: ""):
    """What `test` gives as soon as it is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = test()
        if found:
            return found
        time.sleep(pause)
    raise Problem(f"{what}: not within {seconds} s\n{log()[-3000:]}".rstrip())


def namespaced(namespace):
    return ["ip", "netns", "exec", namespace] if namespace else []


def cache():
    variables = os.environ
    return variables.get("CUELINE_CACHE") or os.path.join(
        variables.get("XDG_CACHE_HOME") or os.path.join(variables.get("HOME", "."), ".cache"), "cueline")
