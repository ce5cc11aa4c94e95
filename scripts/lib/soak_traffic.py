"""What clients do in the soak: everything that the service can be asked for, some of it wrongly."""

import json
import random
import socket
import struct
import threading
import time

from soak_client import Client, raw


class Recordings:
    """Short real recordings, each with bytes of its own, so that work on it is real work."""

    def __init__(self, samples, rate):
        self.samples, self.rate = samples, rate

    def make(self, draw, seconds):
        """A piece of the fixture as WAV, with a few samples changed by one."""
        count = int(seconds * self.rate)
        start = draw.randrange(0, max(1, len(self.samples) // 2 - count))
        piece = bytearray(self.samples[2 * start:2 * (start + count)])
        for _ in range(8):
            piece[2 * draw.randrange(0, count)] ^= 1
        head = b"RIFF" + struct.pack("<I", 36 + len(piece)) + b"WAVEfmt " + struct.pack(
            "<IHHIIHH", 16, 1, 1, self.rate, 2 * self.rate, 2, 16) + b"data" + struct.pack("<I", len(piece))
        return head + bytes(piece)


class Traffic:
    """Threads of clients, and what they saw."""

    def __init__(self, port, tokens, recordings, seed):
        self.port, self.tokens, self.recordings, self.seed = port, tokens, recordings, seed
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.counts, self.wrong, self.threads = {}, [], []

    def saw(self, what, status, expected, data=b""):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1
            if status not in expected:
                self.wrong.append(f"{what}: {status}, not {sorted(expected)}: {data[:200]!r}")

    def start(self, analysts):
        doing = [self.analyst] * analysts + [self.follower, self.stranger, self.clumsy]
        for number, body in enumerate(doing):
            thread = threading.Thread(target=self.guarded, args=(body, number), daemon=True)
            thread.start()
            self.threads.append(thread)

    def guarded(self, body, number):
        draw = random.Random(self.seed * 1000 + number)
        client = Client(self.port, self.tokens[number % len(self.tokens)])
        turn = 0
        while not self.stop.is_set():
            turn += 1
            try:
                body(client, draw, f"{body.__name__}{number}-{turn}")
            except Exception as error:  # noqa: BLE001 a client that breaks is told, not lost
                with self.lock:
                    self.wrong.append(f"{body.__name__}: {error!r}")
                client.close()
                time.sleep(1)
        client.close()

    def finish(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(300)
        return not any(thread.is_alive() for thread in self.threads)

    def ask(self, client, what, expected, method, path, body=None, headers=None):
        status, fields, data = client.ask(method, path, body, headers)
        self.saw(what, status, expected, data)
        return status, fields, data

    def analyst(self, client, draw, name):
        """Uploads, has it heard, asks for all that can be made of it, takes it back."""
        status, _, data = client.upload(name, self.recordings.make(draw, draw.uniform(2.0, 6.0)))
        self.saw("upload", status, {201}, data)
        status, _, data = self.ask(
            client, "analyze", {200}, "POST", "/audio/semantic-timeline/analyze", {"asset_id": name, "user_id": "u1"})
        if status != 200:
            return
        timeline = json.loads(data)["audio_semantic_artifact_id"]
        self.ask(client, "analyze again", {200}, "POST", "/audio/semantic-timeline/analyze",
                 {"asset_id": name, "user_id": "u1"})
        at = f"/audio/semantic-timeline/{timeline}"
        for what, path in [
            ("timeline", at), ("flat", at + "?layout=flat"), ("captions", at + "?format=vtt"),
            ("captions", at + "?format=srt"), ("events", at + "/events?limit=5"), ("coverage", at + "/coverage"),
            ("nearest", at + "/nearest?at_ms=500"), ("content", f"/media-v2/assets/{name}/content"),
            ("assets", "/media-v2/assets?limit=5"),
        ]:
            self.ask(client, what, {200}, "GET", path)
        self.ask(client, "range", {206}, "GET", f"/media-v2/assets/{name}/content", headers={"Range": "bytes=10-99"})
        self.ask(client, "phrases", {200}, "POST", "/audio/voice-phrases/detect", {"asset_id": name})
        clip = {"asset_id": name, "start_ms": 0, "duration_ms": 900}
        status, _, data = self.ask(
            client, "shots", {200}, "POST", "/audio/to-video-origin", {"sequence": {"tracks": [{"clips": [clip]}]}})
        if status == 200:
            shots = json.loads(data)["meta"].get("artifact_id")
            self.ask(client, "edit list", {200}, "GET", f"/audio/to-video-origin/{shots}?format=otio&frame_rate=25")
        project = json.loads(self.ask(client, "project", {201}, "POST", "/video/projects", {})[2])["id"]
        sequence = json.loads(self.ask(client, "sequence", {201}, "POST", f"/video/projects/{project}/sequences", {})[2])
        track = json.loads(
            self.ask(client, "track", {201}, "POST", f"/video/sequences/{sequence['id']}/tracks", {})[2])["id"]
        made = json.loads(self.ask(client, "clip", {201}, "POST", f"/video/tracks/{track}/clips",
                                   {"asset_id": name, "in_ms": 100, "out_ms": 1500})[2])["id"]
        for _ in range(3):
            self.ask(client, "slice", {200}, "GET", f"/audio/semantic-timeline/by-clip/{made}")
        self.ask(client, "delete project", {204}, "DELETE", f"/video/projects/{project}")
        self.ask(client, "delete asset", {204}, "DELETE", f"/media-v2/assets/{name}")
        self.ask(client, "gone", {404}, "GET", at)

    def follower(self, client, draw, name):
        """Starts a job, follows it, leaves in the middle or cancels it."""
        status, _, data = client.upload(name, self.recordings.make(draw, 5.0))
        self.saw("upload", status, {201}, data)
        status, _, data = self.ask(
            client, "job", {202}, "POST", "/audio/semantic-timeline/analyze", {"asset_id": name},
            {"Prefer": "respond-async"})
        if status == 202:
            job = json.loads(data)["id"]
            request = f"GET /jobs/{job}/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {client.token}\r\n\r\n"
            follower = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            follower.sendall(request.encode())
            first = follower.recv(65536)
            self.saw("follow", 200 if b"200 OK" in first else 0, {200}, first)
            time.sleep(draw.uniform(0, 0.5))
            follower.close()
            if draw.random() < 0.5:
                self.ask(client, "cancel", {200}, "DELETE", f"/jobs/{job}")
            else:
                for _ in range(600):
                    record = json.loads(self.ask(client, "look at job", {200}, "GET", f"/jobs/{job}")[2])
                    if record.get("state") in ("done", "failed", "cancelled"):
                        break
                    time.sleep(0.2)
                self.saw("job ends", 200 if record.get("state") == "done" else 0, {200}, json.dumps(record).encode())
        self.ask(client, "delete asset", {204}, "DELETE", f"/media-v2/assets/{name}")

    def stranger(self, client, draw, name):
        """Asks for what is not there, is somebody else's, or is no request at all."""
        self.ask(client, "foreign", {404}, "GET", "/media-v2/assets/known")
        self.ask(client, "foreign", {404}, "POST", "/audio/semantic-timeline/analyze", {"asset_id": "known"})
        self.ask(client, "unknown route", {404}, "GET", "/" + name)
        self.ask(client, "wrong method", {405}, "PUT", "/media-v2/assets/known", {})
        self.ask(client, "wrong field", {400}, "POST", "/audio/semantic-timeline/analyze", {"asset_id": ["x"]})
        self.ask(client, "no JSON", {400}, "POST", "/video/projects", b"{", {"Content-Type": "application/json"})
        self.ask(client, "traversal", {400}, "POST", "/media-v2/assets", {"source_uri": "file:///../../etc/passwd"})
        self.ask(client, "long target", {414}, "GET", "/media-v2/assets?tag=" + "x" * 9000)
        bad = Client(self.port, client.token[:-4] + "AAAA")
        status, _, data = bad.ask("GET", "/media-v2/assets")
        self.saw("bad token", status, {401}, data)
        bad.close()
        answer = raw(self.port, b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n")
        self.saw("large head", int(answer[9:12] or b"0"), {431}, answer)
        raw(self.port, b"GET /hea", wait=0.05, read=False)
        time.sleep(0.2)

    def clumsy(self, client, draw, name):
        """Uploads that break off, are too large, or are no sound."""
        boundary = "b"
        head = (f"POST /media-v2/assets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {client.token}\r\n"
                f"Content-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: 5000000\r\n\r\n--{boundary}\r\n"
                "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n")
        raw(self.port, head.encode() + bytes(draw.randrange(1, 400_000)), read=False)
        self.saw("broken off", 0, {0})
        status, _, data = client.upload(name, draw.randbytes(20_000))
        self.saw("upload", status, {201}, data)
        self.ask(client, "no sound", {415}, "POST", "/audio/semantic-timeline/analyze", {"asset_id": name})
        self.ask(client, "delete asset", {204}, "DELETE", f"/media-v2/assets/{name}")
        status, _, data = client.upload(name, bytes(9 << 20))
        self.saw("too large", status, {413, 0}, data)
        client.close()
        time.sleep(0.5)
