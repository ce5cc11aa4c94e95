"""A library that many share: an hour divided among workers, and what the queue does beside pgbench with the same SQL."""

import hashlib
import json
import os
import re
import signal
import statistics
import subprocess
import time
import urllib.request
from pathlib import Path

import cueline
import long_sets
import parts
import places
import service
from postgres import Postgres
from table import Check, Report

WORKERS = (1, 2, 4)
SHARE = 0.6  # of the time of one worker that two may take
RATE = 0.5  # of pgbench's rate
CLIENTS = 8
SECONDS = 5
ROUNDS = 5
JOBS = 60_000


def queue_bench() -> str:
    return str(Path(cueline.binary()).parent / "queue-bench")


class Workers:
    """So many workers, of one job each and one thread, while a `with` block runs."""

    def __init__(self, count: int, folder: Path, *options: str):
        self.count, self.folder, self.options = count, folder, options

    def __enter__(self):
        self.processes = []
        for number in range(self.count):
            log = (self.folder / f"worker-{number}.log").open("wb")
            command = [cueline.binary(), "worker", "--slots", "1", "--jobs", "1", "--library",
                       str(self.folder / f"worker-{number}"), *self.options]
            self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        for number in range(self.count):
            log = self.folder / f"worker-{number}.log"
            for _ in range(200):
                if b"is working" in log.read_bytes():
                    break
                time.sleep(0.05)
            else:
                raise cueline.Unavailable(f"a worker did not start: {log.read_text()}")
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(30)


def hour() -> Report:
    report = Report("fleet", "An hour, divided among workers of one job and one thread each, on two cores",
                    ["workers", "wall s", "of one worker's", "parts", "SHA-256 of the timeline"])
    recording = long_sets.recording("1 h")
    walls, digests = {}, set()
    with Postgres() as database:
        for count in WORKERS:
            folder = places.fresh_folder(f"fleet/{count}")
            url = database.create(f"hour{count}")
            shared = ["--database", url, "--blobs", str(folder / "blobs")]
            with service.Server(folder / "server", "--analyses", "0", *shared) as server, \
                    Workers(count, folder, *shared):
                server.upload(recording, "hour")
                begun = time.monotonic()
                answer = server.ask("/audio/semantic-timeline/analyze", {"asset_id": "hour", "language": "en"})
                walls[count] = time.monotonic() - begun
                request = urllib.request.Request(server.address + answer["uri"], headers=service.HEADERS)
                with urllib.request.urlopen(request) as content:
                    digest = hashlib.sha256(content.read()).hexdigest()
            digests.add(digest)
            parts = int(database.run(f"hour{count}", "SELECT count(*) FROM job WHERE kind = 'piece'"))
            report.add(count, walls[count], walls[count] / walls[WORKERS[0]], parts, digest[:16])
    report.checks.append(Check("two workers' time of one's", walls[2] / walls[1], "<=", SHARE))
    report.checks.append(Check("different timelines", len(digests), "<=", 1))
    return report


def script(statements: dict) -> str:
    """What a worker does for a job without a result, for pgbench."""
    def filled(sql: str, *values: str) -> str:
        parts = sql.split("?")
        assert len(parts) == len(values) + 1
        return "".join(part + value for part, value in zip(parts, [*values, ""])).replace("\n", " ")

    claim = filled(statements["claim"], ":h_qshard", "1", "'pgbench'", "60.0", "60.0", ":h_qshard", ":h_qshard", "5")
    return "\n".join([
        f"SELECT coalesce((SELECT qshard FROM ({statements['heads']}) AS heads LIMIT 1), 0) AS qshard \\gset h_"
        .replace("\n", " "),
        f"{claim} \\gset c_", "BEGIN; ", "SELECT pg_advisory_xact_lock(1, hashtext(:c_tenant_id));",
        filled(statements["end"], ":c_qshard", ":c_number", ":c_lease_token") + ";",
        "UPDATE job SET user_id = NULL, kind = :c_kind, state = 'done', stage = 'done', progress = 1, "
        "request = :c_request, result = NULL, error = NULL, created_at = :c_created_at, started_at = 5, "
        "finished_at = 6, attempts = 1 WHERE qshard = :c_qshard AND tenant_id = :c_tenant_id AND env = :c_env "
        "AND id = :c_id;",
        filled(statements["admit"], ":c_qshard", ":c_qshard", ":c_tenant_id") + ";", "COMMIT;"])


def fill(database: Postgres, name: str) -> None:
    database.run(name, f"""
        TRUNCATE queue, job;
        INSERT INTO queue (qshard, tenant_id, env, job_id, kind, flight, vtag, cost)
        SELECT number % 64, 't' || number % 640, 'dev', 'j' || number, 'analyze', 'f' || number, number, 60
        FROM generate_series(1, {JOBS}) AS number;
        INSERT INTO job (qshard, tenant_id, env, id, kind, state, stage, progress, request, created_at, attempts)
        SELECT qshard, tenant_id, env, job_id, kind, 'queued', 'queued', 0, json_build_object('asset_id', repeat('x', 400))::text, 5, 0
        FROM queue;
        """)
    database.run(name, "VACUUM ANALYZE queue, job")
    database.run(name, "CHECKPOINT")


def rates() -> Report:
    report = Report("queue", f"Claim and end of jobs, durable, {CLIENTS} at once, {SECONDS} s each, in turn",
                    ["round", "cueline jobs/s", "pgbench jobs/s", "ratio"])
    ratios = []
    statements = json.loads(subprocess.run([queue_bench(), "sql"], check=True, capture_output=True, text=True).stdout)
    with Postgres() as database:
        url = database.create("queue")
        subprocess.run([queue_bench(), "prepare", url], check=True)
        file = places.fresh_folder("fleet/pgbench") / "script.sql"
        file.write_text(script(statements))
        for number in range(1, ROUNDS + 1):
            fill(database, "queue")
            done = json.loads(subprocess.run([queue_bench(), "run", url, str(CLIENTS), str(SECONDS)], check=True,
                                             capture_output=True, text=True).stdout)
            ours = done["jobs"] / done["seconds"]
            fill(database, "queue")
            printed = subprocess.run(
                [database.bin / "pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS),
                 "-f", str(file), url], capture_output=True, text=True)
            found = re.search(r"tps = ([\d.]+)", printed.stdout)
            if printed.returncode or not found:
                raise cueline.Unavailable(f"pgbench failed: {printed.stderr[-2000:]}")
            ended = int(database.run("queue", "SELECT count(*) FROM job WHERE state = 'done'"))
            theirs = float(found[1])
            if ended < theirs * SECONDS * 0.9:
                raise cueline.Unavailable(f"pgbench ended {ended} jobs in {theirs * SECONDS:.0f} rounds")
            ratios.append(ours / theirs)
            report.add(number, ours, theirs, ours / theirs)
    report.checks.append(Check("of pgbench's rate, in the middle round", statistics.median(ratios), ">=", RATE))
    return report


def run() -> list:
    return parts.run(dict(hour=hour, rates=rates))
