"""Chaos on one machine: workers that are killed and stopped, a database that crashes, an S3 service that is busy."""

import json
import os
import random
import re
import signal
import time

import chaos_checks
from chaos_load import Clients, Service, orders
from chaos_postgres import DatabaseGone, Postgres
from chaos_proxy import Proxy
from chaos_s3 import s3_kind, start_s3
from chaos_stage import Stage, free_port, say, wait_for

WORKERS = 8
LEASE = 2
PREFIX = "chaos/library"


class Fleet:
    """The server and the workers, with what was done to them."""

    def __init__(self, stage, program, database, blobs, environment):
        self.stage, self.program = stage, program
        self.place = ["--database", database, "--blobs", blobs]
        self.environment = environment
        self.names = [f"w{number}" for number in range(WORKERS)]
        self.paused = {}
        self.address = ("127.0.0.1", free_port())
        self.counts = {
            "server killed": 0, "workers killed": 0, "workers stopped past their lease": 0,
            "killed by a poison job": 0}

    def serve(self):
        self.stage.start(
            "server",
            [self.program, "serve", "--port", str(self.address[1]), "--analyses", "0", *self.place, "--library",
             self.stage.path("server"), "--log-level", "warning"], self.environment)

    def wait_for_server(self):
        log = lambda: self.stage.log("server")
        wait_for("the server", lambda: "listening on" in log(), 60, log=log)

    def work(self, name):
        self.stage.start(
            name,
            [self.program, "worker", "--slots", "1", "--jobs", "1", "--lease", str(LEASE), "--name", name, *self.place,
             "--library", self.stage.path(name), "--log-level", "warning"], self.environment)

    def kill(self, name, why):
        process = self.stage.processes[name]
        if process.poll() is not None:
            # By itself: that is noticed before it is started again.
            return
        self.stage.signal(name, signal.SIGKILL)
        process.wait()
        self.paused.pop(name, None)
        self.counts[why] += 1
        if name in self.names:
            self.work(name)
        else:
            self.serve()

    def pause(self, name, seconds):
        self.stage.signal(name, signal.SIGSTOP)
        self.paused[name] = time.monotonic() + seconds
        self.counts["workers stopped past their lease"] += 1

    def resume(self, everybody=False):
        for name, end in list(self.paused.items()):
            if everybody or time.monotonic() >= end:
                self.stage.signal(name, signal.SIGCONT)
                del self.paused[name]

    def unexpected_ends(self):
        """Programs that ended by themselves, with what they said last; they are started again."""
        found = {}
        for name in ["server", *self.names]:
            status = self.stage.processes[name].poll()
            if status is None:
                continue
            log = self.stage.log(name)
            crash = log.rfind("*** Program crashed")
            found[name] = f"status {status}: {log[max(0, crash - 200):][:400] if crash >= 0 else log[-400:]}"
            self.paused.pop(name, None)
            if name == "server":
                self.serve()
            else:
                self.work(name)
        return found


class Run:
    def __init__(self, program, seconds, seed):
        self.program, self.seconds, self.seed = program, seconds, seed
        self.dice = random.Random(seed)
        self.problems = []
        self.crashes = 0
        self.blind = 0
        self.caught = {}

    def __call__(self):
        self.stage = Stage("run")
        try:
            begin = time.monotonic()
            self.prepare()
            say(f"servers and {WORKERS} workers run after {time.monotonic() - begin:.0f} s; seed {self.seed}")
            begin = time.monotonic()
            self.disturb()
            disturbed = time.monotonic() - begin
            self.settle()
            self.settled = time.monotonic() - begin - disturbed
            self.disturbed = disturbed
            self.retry_innocent()
            chaos_checks.check(self)
            self.stop()
            chaos_checks.report(self)
        finally:
            self.stage.close()
        return not self.problems

    def prepare(self):
        stage = self.stage
        self.kind = s3_kind("ceph")
        self.postgres = Postgres(stage)
        self.bucket = start_s3(stage, self.kind)
        self.proxy = Proxy(("127.0.0.1", self.bucket.port), 0.05, self.seed)
        blobs = f"s3://{self.bucket.name}/{PREFIX}?endpoint=http://127.0.0.1:{self.proxy.port}"
        # What signs requests is the proxy's address: the service goes by the header Host.
        environment = {
            "AWS_ACCESS_KEY_ID": self.bucket.key, "AWS_SECRET_ACCESS_KEY": self.bucket.secret,
            "CUELINE_AUTH_KEY": "", "CUELINE_DATABASE": "", "CUELINE_BLOBS": ""}
        self.fleet = Fleet(stage, self.program, self.postgres.url, blobs, environment)
        self.fleet.serve()
        self.fleet.wait_for_server()
        for name in self.fleet.names:
            self.fleet.work(name)
        self.service = Service(self.fleet.address)
        self.database = self.postgres.client()
        count = max(20, int(3 * self.seconds))
        is_long = self.seconds >= 60
        self.orders = orders(count, 4 if is_long else 2, 1 if is_long else 0, self.seed)
        self.poisons = {(*order.scope, order.asset) for order in self.orders if order.kind == "poison"}

    # --- While it runs

    def disturb(self):
        """One thing after the other, for as long as the run is to take."""
        begin = time.monotonic()
        plan = self.plan()
        # Three quarters of the time for what comes, and the rest for what it leads to.
        self.clients = Clients(self.service, self.orders, self.seconds * 0.75)
        while plan or time.monotonic() - begin < self.seconds:
            now = time.monotonic() - begin
            while plan and plan[0][0] <= now:
                plan.pop(0)[1]()
            self.fleet.resume()
            self.look_for_ends()
            self.watch()
            time.sleep(0.01)
        self.fleet.resume(everybody=True)

    def plan(self):
        seconds, at = self.seconds, []
        for part in (0.22, 0.5, 0.78):
            at.append((seconds * part, self.crash))
        for part in (0.35, 0.65):
            at.append((seconds * part, lambda: self.proxy.burst(1.5)))
        at.append((seconds * 0.43, lambda: self.fleet.kill("server", "server killed")))
        moments = [self.dice.uniform(1, seconds) for _ in range(max(6, int(seconds * 0.8)))]
        at += [(moment, self.kill_one) for moment in moments]
        moments = [self.dice.uniform(1, seconds * 0.9) for _ in range(max(3, int(seconds * 0.25)))]
        at += [(moment, self.stop_one) for moment in moments]
        return sorted(at, key=lambda step: step[0])

    def crash(self):
        self.postgres.crash()
        # Some are noticed at once, some in the middle of a longer absence.
        away = time.monotonic() + self.dice.uniform(0.1, 1.5)
        while time.monotonic() < away:
            self.fleet.resume()
            time.sleep(0.02)
        self.postgres.start()
        self.crashes += 1

    def look_for_ends(self):
        for name, text in self.fleet.unexpected_ends().items():
            self.problems.append(f"{name} ended by itself, {text}")

    def victim(self):
        names = [name for name in self.fleet.names if name not in self.fleet.paused]
        # Whoever has something to lose, mostly.
        busy = []
        try:
            busy = [row[0] for row in self.database.rows("SELECT lease_owner FROM queue WHERE state = 1")]
        except DatabaseGone:
            pass
        busy = [name for name in names if name in busy]
        return self.dice.choice(busy if busy and self.dice.random() < 0.8 else names)

    def kill_one(self):
        self.fleet.kill(self.victim(), "workers killed")

    def stop_one(self):
        if len(self.fleet.paused) < WORKERS // 2:
            self.fleet.pause(self.victim(), LEASE + 1 + self.dice.random())

    def watch(self):
        """Kills whoever works on a poison job."""
        try:
            rows = self.database.rows(
                "SELECT queue.tenant_id, queue.env, queue.job_id, queue.lease_owner, queue.lease_token, job.request"
                " FROM queue JOIN job ON job.qshard = queue.qshard AND job.tenant_id = queue.tenant_id"
                " AND job.env = queue.env AND job.id = queue.job_id WHERE queue.state = 1")
        except DatabaseGone:
            self.blind += 1
            return
        for tenant, env, job, owner, token, request in rows:
            if (tenant, env, json.loads(request).get("asset_id")) not in self.poisons:
                continue
            # Once for each claim: its lease goes on for a while.
            if token in self.caught or owner not in self.fleet.names:
                continue
            self.caught[token] = job
            self.fleet.kill(owner, "killed by a poison job")

    # --- Afterwards

    def open_jobs(self):
        try:
            return int(self.database.value("SELECT count(*) FROM job WHERE state IN ('queued', 'running')"))
        except DatabaseGone:
            return 1

    def wait_for_jobs(self, seconds):
        """Waits until no job is open, on the side of what kills."""
        deadline = time.monotonic() + seconds
        while self.clients.are_busy or self.open_jobs():
            self.watch()
            if time.monotonic() > deadline:
                rows = self.database.rows(
                    "SELECT queue.job_id, queue.state, attempt, lapses, lease_owner, lease_until - now(), run_at - now(),"
                    " last_error, job.state FROM job LEFT JOIN queue ON queue.job_id = job.id"
                    " WHERE job.state IN ('queued', 'running')")
                self.problems.append(
                    f"{len(rows)} jobs do not end within {seconds} s: " + "; ".join(str(row) for row in rows[:5]))
                return
            time.sleep(0.02)

    def settle(self):
        self.proxy.share = 0
        self.clients_share = self.proxy.counts.copy()
        self.wait_for_jobs(150)
        self.problems += self.clients.failures
        self.look_for_ends()

    def retry_innocent(self):
        """Jobs that were given up though nothing is wrong with them: too much befell them. An operator has them tried again."""
        self.given_up = []
        for tenant, env, job, request, error in self.database.rows(
                "SELECT tenant_id, env, id, request, error FROM job"
                " WHERE state = 'failed' AND kind = 'analyze' ORDER BY sequence"):
            asset = json.loads(request).get("asset_id", "")
            failure = json.loads(error or "{}")
            if asset.startswith("poison-") or failure.get("code") == "audio.unsupported_media":
                continue
            self.given_up.append((asset, f"{failure.get('code')}: {failure.get('message')}"))
            self.stage.finish(
                ["env", *(f"{name}={value}" for name, value in self.fleet.environment.items()), self.program, "jobs",
                 "retry", job, "--tenant", tenant, "--env", env, *self.fleet.place, "--library",
                 self.stage.path("operator")])
        if self.given_up:
            self.wait_for_jobs(60)

    def stop(self):
        for name in self.fleet.names:
            if self.stage.processes[name].poll() is None:
                self.stage.signal(name, signal.SIGTERM)
        for name in [*self.fleet.names, "server"]:
            if not self.stage.stop(name, 20):
                self.problems.append(f"{name} does not end when asked to")
        # Children of workers that were killed end by themselves, sooner or later.
        deadline = time.monotonic() + 10
        while True:
            programs = os.path.basename(self.program)
            orphans = {
                pid: text for pid, text in self.stage.leftovers().items()
                if re.match(rf"\S*{re.escape(programs)} work ", text)}
            if not orphans or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        if orphans:
            self.problems.append(f"{len(orphans)} processes outlive their workers: {list(orphans.values())[0]}")

    def log_counts(self):
        """What server and workers noted, by message."""
        found = {}
        for name in [*self.fleet.names, "server"]:
            for line in self.stage.log(name).splitlines():
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                text = event.get("message", "")
                count = int(event.get("metadata", {}).get("jobs", 1)) if text == "workers were lost" else 1
                found[text] = found.get(text, 0) + count
        return found
