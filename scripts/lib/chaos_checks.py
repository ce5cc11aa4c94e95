"""What has to be true after a chaos run, whatever was done to it."""

import hashlib
import json
import urllib.parse
from collections import Counter

from chaos_stage import Problem


def folder_name(text):
    """As the library writes tenants and envs in keys; long texts do not occur here."""
    plain = "abcdefghijklmnopqrstuvwxyz0123456789_-"
    return "".join(chr(byte) if chr(byte) in plain else f"={byte:02X}" for byte in text.encode())


def check(run):
    for part in (check_jobs, check_artifacts, check_blobs):
        try:
            part(run)
        except Problem as problem:
            run.problems.append(str(problem))


def check_jobs(run):
    """Every analysis that was asked for is done once, or failed for the right reason; nothing else is in the queue."""
    columns = "tenant_id, env, id, state, request, result, error, attempts"
    rows = run.database.rows(f"SELECT {columns} FROM job WHERE kind = 'analyze'")
    run.jobs = rows
    # Of recordings that are done. What was given up of them was heard by another piece since.
    run.pieces = Counter(dict(
        (state, int(count)) for state, count in run.database.rows(
            "SELECT state, count(*) FROM job WHERE kind = 'piece' GROUP BY state")))
    run.states = Counter(row[3] for row in rows)
    run.attempts = Counter(int(row[7]) for row in rows)
    run.reasons = Counter()
    by_asset = {}
    for tenant, env, job, state, request, result, error, attempts in rows:
        asked = json.loads(request)
        by_asset.setdefault((tenant, env, asked.get("asset_id")), []).append(
            (job, state, json.loads(result or "null"), json.loads(error or "null")))
    run.joined = run.escaped = run.poisoned = 0
    for order in run.orders:
        found = by_asset.pop((*order.scope, order.asset), [])
        known = {job for job, *_ in found}
        for answer in order.answers:
            if "id" in answer and "state" in answer and answer["id"] not in known:
                run.problems.append(f"{order.asset}: the job {answer['id']} that a client was told of is not there")
        told = [answer["id"] for answer in order.answers if "state" in answer]
        run.joined += len(told) - len(set(told))
        if not found:
            run.problems.append(f"{order.asset}: there is no job")
        for job, state, result, failure in found:
            told = json.loads(run.service.get(f"/jobs/{job}", order.scope))
            if told.get("state") != state:
                run.problems.append(f"{order.asset}: the server says {told.get('state')}, the row {state}")
            reason = f"{(failure or {}).get('code')}: {(failure or {}).get('message')}"
            if state == "failed":
                run.reasons[reason] += 1
            if order.kind == "text":
                if state != "failed" or "audio.unsupported_media" not in reason:
                    run.problems.append(f"{order.asset}: {state}, {reason}")
            elif order.kind == "poison":
                run.escaped += state == "done"
                run.poisoned += state == "failed"
                if state not in ("failed", "done") or state == "failed" and "worker was lost 3 times" not in reason:
                    run.problems.append(f"{order.asset}: {state}, {reason}")
            elif state != "done":
                run.problems.append(f"{order.asset}: {state}, {reason}")
        if order.kind not in ("text", "poison") and not any(result for _, _, result, _ in found):
            run.problems.append(f"{order.asset}: no result")
    for asset, found in by_asset.items():
        run.problems.append(f"a job that nobody asked for: {asset}")
    if not run.poisoned:
        run.problems.append("no poison job was given up")
    alive = run.database.rows(
        "SELECT queue.job_id, queue.state, job.state FROM queue LEFT JOIN job ON job.id = queue.job_id"
        " AND job.tenant_id = queue.tenant_id AND job.env = queue.env"
        " WHERE queue.state <> 5 OR job.state IS DISTINCT FROM 'failed'")
    if alive:
        run.problems.append(f"{len(alive)} rows of the queue are not dead ones: {alive[:3]}")
    run.dead = int(run.database.value("SELECT count(*) FROM queue WHERE state = 5"))


def check_artifacts(run):
    """The result of every job can be had, is what its row says, and is there once."""
    run.artifacts = 0
    rows = {
        row[:3]: row[3:] for row in run.database.rows(
            "SELECT artifact.tenant_id, artifact.env, artifact.id, artifact.content_sha256, timeline.is_stub"
            " FROM artifact LEFT JOIN timeline ON timeline.tenant_id = artifact.tenant_id"
            " AND timeline.env = artifact.env AND timeline.artifact_id = artifact.id")}
    named = set()
    for tenant, env, job, state, request, result, error, attempts in run.jobs:
        if state != "done":
            continue
        answer = json.loads(result or "{}")
        id = answer.get("audio_semantic_artifact_id") or answer.get("artifact_id")
        row = rows.get((tenant, env, id))
        if row is None:
            run.problems.append(f"job {job} is done, and its artifact {id} is not there")
            continue
        named.add((tenant, env, id))
        try:
            bytes = run.service.get(f"/media-v2/artifacts/{urllib.parse.quote(id)}/content", (tenant, env))
            json.loads(bytes)
            if hashlib.sha256(bytes).hexdigest() != row[0]:
                run.problems.append(f"artifact {id}: its bytes are not those of its digest")
            timeline = json.loads(run.service.get(f"/audio/semantic-timeline/{urllib.parse.quote(id)}", (tenant, env)))
            if not timeline:
                run.problems.append(f"artifact {id}: its timeline is empty")
            if row[1] != "0":
                run.problems.append(f"artifact {id} is the stub's")
        except ValueError as error:
            run.problems.append(f"artifact {id}: {error}")
        run.artifacts += 1
    for key in set(rows) - named:
        run.problems.append(f"artifact {key[2]} belongs to no job that is done")
    twice = run.database.rows(
        "SELECT tenant_id, env, cache_key, identity, count(*) FROM timeline GROUP BY 1, 2, 3, 4 HAVING count(*) > 1")
    if twice:
        run.problems.append(f"{len(twice)} timelines are there twice: {twice[:2]}")
    run.timelines = int(run.database.value("SELECT count(*) FROM timeline"))


def check_blobs(run):
    """Every object's bytes are those of its name, and every row's object is there."""
    from chaos_run import PREFIX

    base = f"{PREFIX}/blobs/"
    good, run.odd = set(), []
    for key in run.bucket.keys(PREFIX + "/"):
        name = key.rsplit("/", 1)[-1]
        if not key.startswith(base) or len(name) != 64:
            run.odd.append(key)
            continue
        bytes = run.bucket.get(key)
        if bytes is None or hashlib.sha256(bytes).hexdigest() != name:
            run.problems.append(f"object {key}: its bytes are not those of its name")
        else:
            good.add(key)
    named = set()
    for table, column in (
            ("asset", "content_sha256"), ("artifact", "content_sha256"), ("timeline", "index_sha256"),
            ("stage", "blob_sha256"), ("queue", "blob_sha256")):
        for tenant, env, digest in run.database.rows(
                f"SELECT tenant_id, env, {column} FROM {table} WHERE {column} IS NOT NULL"):
            key = f"{base}{folder_name(tenant)}/{folder_name(env)}/{digest[:2]}/{digest}"
            named.add(key)
            if key not in good:
                run.problems.append(f"{table} names the blob {digest} of {tenant}/{env}, which is not there")
    run.blobs, run.loose = len(good), len(good - named)
    if run.odd:
        run.problems.append(f"{len(run.odd)} objects that are no blobs: {run.odd[:3]}")


def report(run):
    """The table that the run ends with."""
    logs = run.log_counts()
    s3 = run.clients_share
    failed = ", ".join(f"{count} {kind}" for kind, count in s3.items() if kind != "passed" and count)
    kinds = Counter(order.kind for order in run.orders)
    lines = [
        ("injected", ""),
        *((f"  {what}", count) for what, count in run.fleet.counts.items()),
        ("  crashes of PostgreSQL", run.crashes),
        (f"  requests to S3 ({run.kind}) that failed", f"{failed}; {s3['passed']} passed"),
        ("asked for", ""),
        ("  analyses", ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))),
        ("  requests that joined a job", run.joined),
        ("  requests made again", ", ".join(f"{n} {k}" for k, n in sorted(run.service.retried.items())) or 0),
        ("found", ""),
        ("  jobs", ", ".join(f"{count} {state}" for state, count in sorted(run.states.items()))),
        ("  jobs for pieces", ", ".join(f"{count} {state}" for state, count in sorted(run.pieces.items())) or 0),
        *((f"  failed: {reason}", count) for reason, count in sorted(run.reasons.items())),
        ("  tries of a job", ", ".join(f"{count} × {tries}" for tries, count in sorted(run.attempts.items()))),
        ("  poison jobs given up, escaped", f"{run.poisoned}, {run.escaped}"),
        ("  innocent jobs given up, then retried", len(run.given_up)),
        *((f"    {reason}", count) for reason, count in sorted(Counter(why for _, why in run.given_up).items())),
        ("  dead rows in the queue", run.dead),
        ("  artifacts of done jobs, all fetched", run.artifacts),
        ("  timelines", run.timelines),
        ("  blobs read, without a row", f"{run.blobs}, {run.loose}"),
        ("noted by server and workers", ""),
        *((f"  {text}", count) for text, count in sorted(logs.items()) if text),
        ("seconds: disturbed, settling", f"{run.disturbed:.0f}, {run.settled:.0f}"),
        ("problems", len(run.problems)),
    ]
    for what, value in lines:
        print(f"{what:<48} {value}".rstrip())
    for problem in run.problems[:20]:
        print(f"PROBLEM: {problem}")
