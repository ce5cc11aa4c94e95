"""A PostgreSQL server that can be crashed, and a client that knows when it is gone."""

import glob
import os
import re
import shutil
import signal
import struct
import subprocess

from chaos_stage import Problem, connect, free_port, namespaced, wait_for


class DatabaseGone(Exception):
    """The server does not answer."""


class Database:
    """A client: the simple query protocol without a password (PostgreSQL's documentation, chapter 55)."""

    def __init__(self, address, namespace=None, timeout=10):
        self.address, self.namespace, self.timeout = address, namespace, timeout
        self.stream = None

    def close(self):
        if self.stream:
            self.stream.close()
            self.stream = None

    def _open(self):
        connection = connect(self.address, self.namespace, self.timeout)
        connection.settimeout(self.timeout)
        self.stream = connection.makefile("rwb")
        connection.close()
        body = struct.pack("!i", 196608) + b"user\0cueline\0database\0cueline\0application_name\0chaos\0\0"
        self.stream.write(struct.pack("!i", len(body) + 4) + body)
        self.stream.flush()
        self._answer()

    def _answer(self):
        rows, failure = [], None
        while True:
            head = self.stream.read(5)
            if len(head) < 5:
                raise OSError("closed")
            kind, length = head[:1], struct.unpack("!i", head[1:])[0]
            body = self.stream.read(length - 4)
            if kind == b"D":
                row, place = [], 2
                for _ in range(struct.unpack("!h", body[:2])[0]):
                    (size,) = struct.unpack("!i", body[place:place + 4])
                    place += 4
                    row.append(None if size < 0 else body[place:place + size].decode())
                    place += max(size, 0)
                rows.append(tuple(row))
            elif kind == b"E":
                fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
                failure = f"{fields.get(b'C')} {fields.get(b'M')}"
                if fields.get(b"C", "")[:2] in ("57", "53", "08"):
                    raise OSError(failure)
            elif kind == b"Z":
                if failure:
                    raise Problem(f"PostgreSQL: {failure}")
                return rows

    def rows(self, sql):
        """Rows of texts. Raises DatabaseGone."""
        try:
            if self.stream is None:
                self._open()
            text = sql.encode() + b"\0"
            self.stream.write(b"Q" + struct.pack("!i", len(text) + 4) + text)
            self.stream.flush()
            return self._answer()
        except OSError as error:
            try:
                self.close()
            except OSError:
                self.stream = None
            raise DatabaseGone(str(error)) from error

    def value(self, sql):
        return self.rows(sql)[0][0]


class Postgres:
    """A PostgreSQL server that keeps what it was told: with fsync."""

    def __init__(self, stage, address="127.0.0.1", namespace=None):
        self.stage, self.address, self.namespace = stage, address, namespace
        self.port = free_port()
        self.data = stage.path("postgres/data")
        self.starts = 0
        self.user = []
        found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
        found.sort(key=lambda path: [int(part) for part in re.findall(r"\d+", path)])
        initdb = found[-1] if found else shutil.which("initdb")
        if not initdb:
            raise Problem("PostgreSQL is not installed: run scripts/bootstrap --with servers")
        self.programs = os.path.dirname(os.path.realpath(initdb))
        os.mkdir(stage.path("postgres"))
        if os.getuid() == 0:
            # The server refuses to be root's.
            self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=KILL"]
            shutil.chown(stage.path("postgres"), "postgres")
        stage.finish([
            *self.user, f"{self.programs}/initdb", "-D", self.data, "-U", "cueline", "-A", "trust", "--no-sync",
            "--locale=C.UTF-8"])
        if address != "127.0.0.1":
            with open(os.path.join(self.data, "pg_hba.conf"), "a") as file:
                file.write("host all all 10.0.0.0/8 trust\n")
        self.start()
        wait_for("PostgreSQL", lambda: self.answers("postgres"), 60, log=lambda: stage.log("postgres"))
        stage.finish(
            [f"{self.programs}/psql", "-X", "-q", "-d", f"postgres://cueline@{address}:{self.port}/postgres", "-c",
             "CREATE DATABASE cueline"], prefix=namespaced(namespace))

    def start(self):
        self.starts += 1
        settings = [
            f"listen_addresses={self.address}", "unix_socket_directories=", "fsync=on", "full_page_writes=on",
            "max_connections=300", "shared_buffers=128MB", "autovacuum_naptime=10s"]
        command = [*self.user, f"{self.programs}/postgres", "-D", self.data, "-p", str(self.port)]
        self.process = self.stage.start(
            "postgres", [*command, *(part for setting in settings for part in ("-c", setting))],
            prefix=namespaced(self.namespace))

    def crash(self):
        """What `pg_ctl -m immediate` does: no checkpoint, no goodbye."""
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def answers(self, database="cueline"):
        try:
            client = Database((self.address, self.port), self.namespace, 5)
            if database != "cueline":
                with connect((self.address, self.port), self.namespace, 2):
                    pass
                return subprocess.run(
                    [*namespaced(self.namespace), f"{self.programs}/pg_isready", "-q", "-h", self.address, "-p",
                     str(self.port)]).returncode == 0
            client.rows("SELECT 1")
            client.close()
            return True
        except (OSError, DatabaseGone):
            return False

    @property
    def url(self):
        return f"postgres://cueline@{self.address}:{self.port}/cueline"

    def client(self):
        return Database((self.address, self.port), self.namespace)
