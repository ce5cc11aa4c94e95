"""Asking the service in the soak: requests with a token, a form, a steady reader of latencies."""

import http.client
import json
import os
import socket
import sys
import time
import uuid


class Client:
    """Somebody of a tenant, on a connection of their own."""

    def __init__(self, port, token, timeout=300):
        self.port, self.token, self.timeout = port, token, timeout
        self.connection = None

    def ask(self, method, path, body=None, headers=None):
        """Status, headers and bytes of the answer; (0, {}, b"") where the connection was closed."""
        fields = {"Authorization": f"Bearer {self.token}"}
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            fields["Content-Type"] = "application/json"
        fields.update(headers or {})
        for attempt in (0, 1):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
                self.connection.connect()
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                attempt = 1
            try:
                self.connection.request(method, path, body=body, headers=fields)
                answer = self.connection.getresponse()
                data = answer.read()
                if answer.will_close:
                    self.close()
                return answer.status, dict(answer.getheaders()), data
            except (OSError, http.client.HTTPException):
                # A connection that was idle for long may be closed under a request.
                self.close()
                if attempt:
                    return 0, {}, b""

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def upload(self, identifier, data, name="recording.wav"):
        boundary = uuid.uuid4().hex
        head = "".join(
            f"--{boundary}\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n{value}\r\n"
            for key, value in (("id", identifier), ("kind", "audio")))
        head += f"--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n" \
            "Content-Type: audio/wav\r\n\r\n"
        body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        return self.ask(
            "POST", "/media-v2/assets", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})


def raw(port, data, wait=0.0, read=True):
    """Sends bytes on a connection of their own and gives what comes, at most 64 KiB."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            connection.sendall(data)
            time.sleep(wait)
            return connection.recv(65536) if read else b""
        except OSError:
            return b""


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def probe(port, token, seconds, rate, requests):
    """Asks for what is known, in turn, at a fixed rate on one connection; the time from sending a request to having all
    of its answer. A request that begins late because the one before was slow counts from when it should have begun."""
    client = Client(port, token)
    times, wrong = [], 0
    start = time.monotonic()
    for number in range(int(seconds * rate)):
        due = start + number / rate
        delay = due - time.monotonic()
        if delay > 0:
            time.sleep(delay)
            due = time.monotonic()
        method, path, body = requests[number % len(requests)]
        status, _, _ = client.ask(method, path, body)
        times.append((time.monotonic() - due) * 1000)
        wrong += status != 200
    return {"times": times, "wrong": wrong}


if __name__ == "__main__":
    # A process of its own: what other clients cost does not show in its times. Its order comes on standard input.
    order = json.load(sys.stdin)
    if order.get("nice"):
        os.nice(order["nice"])
    json.dump(probe(order["port"], order["token"], order["seconds"], order["rate"], order["requests"]), sys.stdout)
