"""The service's clients in a chaos run: recordings that are made for it, and requests that are made again until they are answered."""

import array
import http.client
import json
import math
import os
import random
import subprocess
import threading
import time
import uuid
import wave
from io import BytesIO

from chaos_stage import ROOT, Problem, connect

RATE = 16_000


def tones(seed, seconds):
    """A recording of its own for each number: tones, noise and pauses as a WAV file."""
    dice = random.Random(seed)
    samples = array.array("h")
    while len(samples) < seconds * RATE:
        count = int(RATE * dice.uniform(0.1, 0.4))
        kind = dice.choice(["tone", "tone", "noise", "pause"])
        if kind == "tone":
            period = dice.randrange(20, 160)
            level = dice.uniform(1000, 20_000)
            cycle = array.array("h", [int(level * math.sin(2 * math.pi * i / period)) for i in range(period)])
            samples.extend((cycle * (count // period + 1))[:count])
        elif kind == "noise":
            level = dice.randrange(200, 8000)
            grain = array.array("h", [dice.randint(-level, level) for _ in range(400)])
            samples.extend((grain * (count // 400 + 1))[:count])
        else:
            samples.extend([0] * count)
    return _wav(samples[: int(seconds * RATE)].tobytes())


def _wav(data):
    file = BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(data)
    return file.getvalue()


class Voice:
    """Cuts of the recording that comes with the sources."""

    def __init__(self, loops=1):
        path = os.path.join(ROOT, "Fixtures", "harbour.flac")
        self.data = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", path, "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout * loops

    def cut(self, start, seconds):
        return _wav(self.data[int(start * RATE) * 2: int((start + seconds) * RATE) * 2])


class Service:
    """The server as a client sees it, who comes again when he is told to."""

    def __init__(self, address, namespace=None):
        self.address, self.namespace = address, namespace
        self.lock = threading.Lock()
        self.retried = {}
        self.patience = 90

    def once(self, method, path, scope, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection(*self.address, timeout=timeout)
        connection.sock = connect(self.address, self.namespace, 10)
        connection.sock.settimeout(timeout)
        try:
            tenant, env = scope
            connection.request(method, path, body, {"X-Tenant-Id": tenant, "X-Env": env, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ask(self, method, path, scope, body=None, headers=None):
        """Status and bytes; what fails for a time is asked again."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                status, data = self.once(method, path, scope, body, headers)
                if status < 500 and status != 429:
                    return status, data
                what = f"HTTP {status}"
            except (OSError, http.client.HTTPException) as error:
                what, data = type(error).__name__, str(error).encode()
            with self.lock:
                self.retried[what] = self.retried.get(what, 0) + 1
            if time.monotonic() > deadline:
                raise Problem(f"{method} {path}: {what} for {self.patience} s: {data[:500].decode(errors='replace')}")
            time.sleep(random.uniform(0.1, 0.5))

    def get(self, path, scope):
        status, data = self.ask("GET", path, scope)
        if status != 200:
            raise Problem(f"GET {path}: {status} {data[:300].decode(errors='replace')}")
        return data

    def upload(self, scope, asset, name, data):
        mark = uuid.uuid4().hex
        part = f"--{mark}\r\nContent-Disposition: form-data; name="
        body = (
            f'{part}"id"\r\n\r\n{asset}\r\n{part}"kind"\r\n\r\naudio\r\n'
            f'{part}"file"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        ).encode() + data + f"\r\n--{mark}--\r\n".encode()
        status, answer = self.ask(
            "POST", "/media-v2/assets", scope, body, {"Content-Type": f"multipart/form-data; boundary={mark}"})
        # A try that was not answered may have gone through.
        if status not in (201, 409):
            raise Problem(f"upload of {asset}: {status} {answer[:300].decode(errors='replace')}")

    def analyze(self, scope, asset, **parameters):
        """Asks for an analysis and does not wait: the job's record, or the result where it is there."""
        status, answer = self.ask(
            "POST", "/audio/semantic-timeline/analyze", scope, json.dumps({"asset_id": asset, **parameters}).encode(),
            {"Content-Type": "application/json", "Prefer": "respond-async"})
        if status not in (200, 202):
            raise Problem(f"analysis of {asset}: {status} {answer[:300].decode(errors='replace')}")
        return json.loads(answer)


class Order:
    """An analysis that the run asks for."""

    def __init__(self, number, scope, kind, data, parameters, asks):
        self.number, self.scope, self.kind, self.data = number, scope, kind, data
        self.asset = f"{kind}-{number:04}"
        self.parameters, self.asks = parameters, asks
        self.answers = []


def orders(count, poisons, longs, seed):
    """What a run asks for: sounds, every seventh a voice, every ninth no media at all, some asked for twice at once.

    Jobs for long recordings are divided into pieces.
    """
    dice = random.Random(seed)
    voice = Voice()
    made = []
    for number in range(count):
        scope = (f"tenant-{number % 5}", dice.choice(["dev", "prod"]))
        parameters = {} if dice.random() < 0.7 else {"min_silence_ms": dice.randrange(100, 900)}
        if number % 9 == 4:
            # Short: ffmpeg takes some longer texts for AMR.
            kind, data = "text", (f"no media, number {number}\n" * dice.randrange(1, 20)).encode()
        elif number % 7 == 3:
            kind, data = "voice", voice.cut(dice.uniform(1.5, 5.5), dice.uniform(1, 2))
        else:
            kind, data = "sound", tones(seed * 100_000 + number, dice.uniform(0.5, 2))
        made.append(Order(number, scope, kind, data, parameters, 2 if dice.random() < 0.3 else 1))
    for number in range(poisons):
        # Long enough to be caught at it.
        made.insert(
            min(len(made), 2 + number * 3),
            Order(count + number, (f"tenant-{number % 5}", "dev"), "poison", voice.cut(number, 50), {}, 1))
    for number in range(longs):
        # From 20 minutes on.
        long = Voice(loops=19).cut(number, 1210)
        made.insert(number, Order(count + poisons + number, (f"tenant-{number % 5}", "prod"), "long", long, {}, 1))
    return made


class Clients:
    """Threads that upload the recordings and ask for their analyses, spread over some seconds."""

    def __init__(self, service, orders, seconds, threads=6):
        self.service, self.orders = service, orders
        self.begin, self.seconds = time.monotonic(), seconds
        self.next, self.lock = 0, threading.Lock()
        self.failures = []
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    @property
    def are_busy(self):
        return any(thread.is_alive() for thread in self.threads)

    def _run(self):
        while True:
            with self.lock:
                if self.next >= len(self.orders):
                    return
                place, self.next = self.next, self.next + 1
            time.sleep(max(0, self.begin + self.seconds * place / len(self.orders) - time.monotonic()))
            order = self.orders[place]
            try:
                self.service.upload(order.scope, order.asset, order.asset + ".wav", order.data)
                threads = [threading.Thread(target=self._ask, args=(order,)) for _ in range(order.asks)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            except Exception as error:
                self.failures.append(f"{order.asset}: {error}")

    def _ask(self, order):
        try:
            order.answers.append(self.service.analyze(order.scope, order.asset, **order.parameters))
        except Exception as error:
            self.failures.append(f"{order.asset}: {error}")
