"""A worker that is cut off from the database in the middle of a job, in network namespaces of its own."""

import glob
import json
import os
import re
import shutil
import subprocess
import time

from chaos_load import Service, Voice, tones
from chaos_postgres import DatabaseGone, Postgres
from chaos_run import PREFIX
from chaos_s3 import s3_kind, start_s3
from chaos_stage import Problem, Stage, connect, say, wait_for

LEASE = 3
CUT_SECONDS = 15
# Some seconds of work, and short enough not to be handed out in pieces.
LOOPS = 12
SCOPE = ("tenant-far", "dev")


class Network:
    """Namespaces that are joined by a bridge, which is in one of its own: nothing of it shows outside."""

    hosts = {"db": "10.77.0.2", "srv": "10.77.0.3", "a": "10.77.0.4", "b": "10.77.0.5"}

    def __init__(self, stage):
        self.stage = stage
        self.base = f"cueline-chaos-{os.getpid()}"
        stage.undo.append(self.remove)
        self.remove_abandoned()
        self.ip("netns", "add", self.name("net"))
        self.ip("link", "add", "bridge", "type", "bridge", where="net")
        self.ip("link", "set", "bridge", "up", where="net")
        for host, address in self.hosts.items():
            self.ip("netns", "add", self.name(host))
            self.ip(
                "link", "add", f"to-{host}", "netns", self.name("net"), "type", "veth", "peer", "name", "eth0", "netns",
                self.name(host))
            self.ip("link", "set", f"to-{host}", "master", "bridge", "up", where="net")
            self.ip("address", "add", f"{address}/24", "dev", "eth0", where=host)
            self.ip("link", "set", "lo", "up", where=host)
            self.ip("link", "set", "eth0", "up", where=host)

    def name(self, host):
        return f"{self.base}-{host}"

    def ip(self, *arguments, where=None):
        self.stage.finish(["ip", *(["-n", self.name(where)] if where else []), *arguments])

    def cut(self, host):
        """Packets are lost without a word, as in a switch that fails."""
        self.ip("link", "set", f"to-{host}", "down", where="net")

    def mend(self, host):
        self.ip("link", "set", f"to-{host}", "up", where="net")

    def remove(self):
        for path in glob.glob(f"/run/netns/{self.base}-*"):
            subprocess.run(["ip", "netns", "delete", os.path.basename(path)], stderr=subprocess.DEVNULL)

    @staticmethod
    def remove_abandoned():
        for path in glob.glob("/run/netns/cueline-chaos-*"):
            name = os.path.basename(path)
            if not os.path.exists(f"/proc/{name.split('-')[2]}"):
                subprocess.run(["ip", "netns", "delete", name], stderr=subprocess.DEVNULL)


def can_be_run():
    """Whether namespaces can be made here."""
    if os.getuid() != 0 or not shutil.which("ip"):
        return False
    name = f"cueline-chaos-{os.getpid()}-try"
    made = subprocess.run(["ip", "netns", "add", name], stderr=subprocess.DEVNULL).returncode == 0
    if made:
        made = subprocess.run(
            ["ip", "-n", name, "link", "add", "x", "type", "bridge"], stderr=subprocess.DEVNULL).returncode == 0
        subprocess.run(["ip", "netns", "delete", name], stderr=subprocess.DEVNULL)
    return made


def partition_run(program):
    if not can_be_run():
        print("chaos --partition: skipped: needs root, and to be allowed to make network namespaces")
        return True
    program = program()
    stage = Stage("cut")
    try:
        return Partition(stage, program)()
    finally:
        stage.close()


class Partition:
    def __init__(self, stage, program):
        self.stage, self.program = stage, program
        self.problems, self.events = [], []

    def note(self, text):
        self.events.append((time.monotonic() - self.begin, text))
        say(f"{time.monotonic() - self.begin:5.1f} s  {text}")

    def expect(self, is_so, problem):
        if not is_so:
            self.problems.append(problem)

    def worker(self, name):
        self.stage.start(
            name,
            [self.program, "worker", "--slots", "1", "--jobs", "1", "--lease", str(LEASE), "--name", name.upper(),
             *self.place, "--library", self.stage.path(name), "--port", "9100"],
            self.environment, prefix=["ip", "netns", "exec", self.network.name(name)])
        log = lambda: self.stage.log(name)
        wait_for(f"worker {name}", lambda: "is working" in log(), 60, log=log)

    def owner(self, job):
        try:
            rows = self.database.rows(f"SELECT lease_owner FROM queue WHERE job_id = '{job}' AND state = 1")
            return rows[0][0] if rows else None
        except DatabaseGone:
            return None

    def record(self, job):
        return json.loads(self.service.get(f"/jobs/{job}", SCOPE))

    def metric(self, name, metric):
        with connect(("127.0.0.1", 9100), self.network.name(name)) as connection:
            connection.sendall(b"GET /metrics HTTP/1.0\r\nHost: worker\r\nConnection: close\r\n\r\n")
            connection.settimeout(10)
            text = b""
            while piece := connection.recv(65536):
                text += piece
        found = re.findall(rf"^{re.escape(metric)}\s+(\S+)$", text.decode(), re.MULTILINE)
        if not found:
            raise Problem(f"{name} has no metric {metric}")
        return float(found[0])

    def said(self, name, message):
        return sum(f'"message":"{message}"' in line for line in self.stage.log(name).splitlines())

    def prepare(self):
        kind = s3_kind("moto")
        self.network = network = Network(self.stage)
        address, namespace = Network.hosts["db"], network.name("db")
        self.postgres = Postgres(self.stage, address, namespace)
        bucket = start_s3(self.stage, kind, address, namespace)
        self.place = [
            "--database", self.postgres.url, "--blobs",
            f"s3://{bucket.name}/{PREFIX}?endpoint=http://{address}:{bucket.port}"]
        self.environment = {
            "AWS_ACCESS_KEY_ID": bucket.key, "AWS_SECRET_ACCESS_KEY": bucket.secret, "CUELINE_AUTH_KEY": "",
            "CUELINE_DATABASE": "", "CUELINE_BLOBS": ""}
        self.stage.start(
            "server",
            [self.program, "serve", "--host", Network.hosts["srv"], "--port", "8080", "--insecure", "--analyses", "0",
             *self.place, "--library", self.stage.path("server"), "--log-level", "warning"], self.environment,
            prefix=["ip", "netns", "exec", network.name("srv")])
        log = lambda: self.stage.log("server")
        wait_for("the server", lambda: "listening on" in log(), 60, log=log)
        self.service = Service((Network.hosts["srv"], 8080), network.name("srv"))
        self.database = self.postgres.client()
        say(f"servers run in namespaces, with {kind}")

    def __call__(self):
        self.prepare()
        self.begin = time.monotonic()
        self.service.upload(SCOPE, "long", "long.wav", Voice(LOOPS).cut(0, LOOPS * 66))
        self.worker("a")
        job = self.service.analyze(SCOPE, "long")["id"]
        wait_for("A's claim", lambda: self.owner(job) == "A", 30)
        self.note("A has the job")
        self.worker("b")
        time.sleep(1)
        self.expect(self.owner(job) == "A", "A's job was taken from it before it was cut off, or is too short")

        self.network.cut("a")
        cut = time.monotonic()
        self.note("A is cut off")
        wait_for("B's claim", lambda: self.owner(job) == "B", 30)
        taken = time.monotonic() - cut
        self.note("B has the job")
        self.expect(taken >= LEASE - 1.5, f"B had the job after {taken:.1f} s, before A's lease was over")
        attempts = self.database.value(f"SELECT attempt FROM queue WHERE job_id = '{job}'")
        time.sleep(max(0, CUT_SECONDS - (time.monotonic() - cut)))
        self.network.mend("a")
        mended = time.monotonic()
        self.note(f"A is connected again; the job is {self.record(job)['state']}")
        state = wait_for(
            "the job's end", lambda: (found := self.record(job)["state"]) not in ("queued", "running") and found, 120,
            pause=0.2)
        self.note(f"the job is {state}")
        wait_for("A's loss", lambda: self.metric("a", 'worker_jobs_total{outcome="lost"}') or self.said("a", "a lease was lost"), 60, 0.2)
        self.note(f"A knows that it lost the job, {time.monotonic() - mended:.1f} s after the mending")
        # Whatever A still had to say of it has been said.
        time.sleep(2)
        record = self.record(job)
        lost, done = self.metric("a", 'worker_jobs_total{outcome="lost"}'), self.metric("a", 'worker_jobs_total{outcome="done"}')
        b_done, lapsed = self.metric("b", 'worker_jobs_total{outcome="done"}'), self.metric("b", "queue_leases_lapsed_total")
        self.expect(state == "done" and record["state"] == "done", f"the job is {record['state']}")
        self.expect(record.get("attempts") == 2 and attempts == "2", f"the job had {record.get('attempts')} attempts")
        self.expect(lost == 1 and done == 0, f"A counts {lost} lost and {done} done")
        self.expect(b_done == 1, f"B counts {b_done} done")
        self.check_library(1)

        self.expect(self.stage.stop("b"), "B does not end when asked to")
        self.note("B is stopped")
        self.service.upload(SCOPE, "short", "short.wav", tones(7, 1.5))
        second = self.service.analyze(SCOPE, "short")["id"]
        state = wait_for(
            "the second job's end", lambda: (found := self.record(second)["state"]) not in ("queued", "running") and found,
            60, pause=0.1)
        self.note(f"A's next job is {state}")
        self.expect(state == "done" and self.record(second).get("attempts") == 1, f"A's next job is {state}")
        self.expect(
            wait_for("A's count", lambda: self.metric("a", 'worker_jobs_total{outcome="done"}'), 10) == 1, "A does not count its next job")
        self.check_library(2)
        self.expect(self.stage.stop("a", 20), "A does not end when asked to")

        print("cut off")
        for seconds, text in self.events:
            print(f"  {seconds:5.1f} s  {text}")
        for what, value in (
                ("seconds cut off, until B had the job", f"{CUT_SECONDS}, {taken:.1f}"),
                ("attempts of the job", record.get("attempts")),
                ("A: leases lost, jobs done before the second", f"{lost:.0f}, {done:.0f}"),
                ("A: said that a lease was lost", self.said("a", "a lease was lost")),
                ("A: leases that could not be extended", self.said("a", "leases could not be extended")),
                ("A: waited for the library to end a job", self.said("a", "the library does not answer")),
                ("B: jobs done, leases found lapsed", f"{b_done:.0f}, {lapsed:.0f}"),
                ("problems", len(self.problems))):
            print(f"{what:<48} {value}")
        for problem in self.problems:
            print(f"PROBLEM: {problem}")
        return not self.problems

    def check_library(self, count):
        for table in ("artifact", "timeline"):
            found = int(self.database.value(f"SELECT count(*) FROM {table}"))
            self.expect(found == count, f"there are {found} rows in {table}, not {count}")
        self.expect(int(self.database.value("SELECT count(*) FROM queue")) == 0, "the queue is not empty")
