"""A PostgreSQL server of its own while a `with` block runs; what it writes is durable."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import cueline


def programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    there = shutil.which("initdb")
    if not there:
        raise cueline.Unavailable("PostgreSQL is not installed: run scripts/bootstrap --with servers")
    return Path(there).parent


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Postgres:
    def __init__(self, *settings: str):
        self.settings = settings
        self.bin = programs()
        self.port = free_port()

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="cueline-bench-postgres-"))
        # The server refuses to be root's.
        self.user = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        data = self.folder / "data"
        subprocess.run([*self.user, self.bin / "initdb", "-D", data, "-U", "cueline", "-A", "trust"], check=True,
                       stdout=subprocess.DEVNULL, cwd=self.folder)
        options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=512MB", "max_wal_size=4GB",
                   *self.settings]
        self.process = subprocess.Popen(
            [*self.user, self.bin / "postgres", "-D", data, "-p", str(self.port),
             *[word for option in options for word in ("-c", option)]],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)
        for _ in range(600):
            if subprocess.run(self.psql("postgres", "SELECT 1"), capture_output=True).returncode == 0:
                return self
            time.sleep(0.05)
        raise cueline.Unavailable("PostgreSQL does not answer")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgres://cueline@127.0.0.1:{self.port}/{database}"

    def psql(self, database: str, sql: str) -> list:
        return ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", sql]

    def run(self, database: str, sql: str) -> str:
        return subprocess.run(self.psql(database, sql), check=True, capture_output=True, text=True).stdout

    def create(self, database: str) -> str:
        self.run("postgres", f"CREATE DATABASE {database}")
        return self.url(database)
