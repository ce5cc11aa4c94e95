"""A proxy for HTTP that lets a share of the requests fail, as a busy service does."""

import random
import socket
import threading
import time


class Proxy:
    """Answers 503 in the service's stead: before it has seen the request, or after it has done what was asked."""

    def __init__(self, target, share, seed):
        self.target, self.share = target, share
        self.random = random.Random(seed)
        self.bursts = []
        self.counts = {"passed": 0, "503 before": 0, "503 after": 0, "cut": 0, "503 in a burst": 0}
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def burst(self, seconds):
        """Lets everything fail for a while."""
        with self.lock:
            self.bursts.append(time.monotonic() + seconds)

    def close(self):
        self.listener.close()

    def _fate(self):
        with self.lock:
            if any(time.monotonic() < end for end in self.bursts):
                fate = "503 in a burst"
            elif self.random.random() < self.share:
                fate = self.random.choice(["503 before", "503 before", "503 after", "cut"])
            else:
                fate = "passed"
            self.counts[fate] += 1
            return fate

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        upstream = None
        try:
            client.settimeout(120)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = client.makefile("rb")
            while True:
                head = _head(reader)
                if not head:
                    return
                headers = _headers(head)
                if "100-continue" in headers.get("expect", ""):
                    client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"expect:")]
                    head = b"\r\n".join(lines)
                body = _body(reader, headers)
                fate = self._fate()
                method = head.split(b" ", 1)[0]
                busy = _BUSY + (b"" if method == b"HEAD" else _TEXT)
                if fate in ("503 before", "503 in a burst"):
                    client.sendall(busy)
                    continue
                if upstream is None:
                    upstream = socket.create_connection(self.target, 60)
                    upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    answers = upstream.makefile("rb")
                upstream.sendall(head + body)
                answer = _head(answers)
                while answer.split(b" ", 2)[1] == b"100":
                    answer = _head(answers)
                status = int(answer.split(b" ", 2)[1])
                told = _headers(answer)
                if method == b"HEAD" or status in (204, 304):
                    rest = b""
                elif "content-length" not in told and "chunked" not in told.get("transfer-encoding", ""):
                    rest = answers.read()
                    told["connection"] = "close"
                else:
                    rest = _body(answers, told)
                if fate == "503 after":
                    client.sendall(busy)
                elif fate == "cut":
                    # In the middle of the answer.
                    client.sendall((answer + rest)[: len(answer) // 2])
                    return
                else:
                    client.sendall(answer + rest)
                if told.get("connection", "").lower() == "close":
                    return
        except (OSError, ValueError, IndexError):
            pass
        finally:
            client.close()
            if upstream is not None:
                upstream.close()


_TEXT = b"<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
_BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % len(_TEXT)


def _head(reader):
    lines = []
    while True:
        line = reader.readline(65536)
        if not line:
            return b""
        lines.append(line)
        if line in (b"\r\n", b"\n"):
            return b"".join(lines)


def _headers(head):
    found = {}
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        found[name.strip().lower()] = value.strip()
    return found


def _body(reader, headers):
    """The body as it was sent."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        parts = []
        while True:
            line = reader.readline()
            parts.append(line)
            size = int(line.split(b";")[0], 16)
            if size == 0:
                while line not in (b"\r\n", b""):
                    line = reader.readline()
                    parts.append(line)
                return b"".join(parts)
            parts.append(reader.read(size + 2))
    return reader.read(int(headers.get("content-length", "0") or 0))
