"""A Chromium without a window, spoken to through a pipe (Chrome DevTools Protocol); the standard library only."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class Browser:
    """Starts the browser; `with` stops it and removes its profile."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="cueline-page-")
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()

        def connect():
            # The protocol's descriptors are 3 and 4; the pipes may lie there already.
            a, b = os.dup(to_browser), os.dup(from_browser)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--hide-scrollbars",
             "--autoplay-policy=no-user-gesture-required", "--disable-background-networking", "--disable-component-update",
             "--no-first-run", "--mute-audio", "--disable-dev-shm-usage", "--user-data-dir=" + self.profile, "about:blank"],
            preexec_fn=connect, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.number, self.answers, self.events, self.rest = 0, {}, [], b""
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = None
        self.session = self.ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        shutil.rmtree(self.profile, ignore_errors=True)

    def ask(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.write_end, data):]
        end = time.monotonic() + 120
        while self.number not in self.answers:
            self.listen(end)
        answer = self.answers.pop(self.number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def listen(self, end):
        """Reads what the browser says, until `end` at the latest."""
        ready, _, _ = select.select([self.read_end], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise TimeoutError("the browser does not answer")
        part = os.read(self.read_end, 1 << 20)
        if not part:
            raise RuntimeError("the browser is gone")
        *messages, self.rest = (self.rest + part).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self.answers[message["id"]] = message
            else:
                self.events.append(message)

    def value(self, expression):
        """What an expression is in the page; promises are waited for."""
        answer = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression[:200]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, expression, seconds=60):
        """Waits until an expression is true."""
        end = time.monotonic() + seconds
        while not self.value(expression):
            if time.monotonic() > end:
                raise TimeoutError(expression)
            time.sleep(0.02)

    def played(self):
        """Seconds of sound that go by in two seconds of playing from the beginning."""
        self.value("cueline.seek(0)")
        self.value("document.getElementById('play').click()")
        self.until("cueline.position > 300", 20)
        before, then = self.value("cueline.position"), time.monotonic()
        time.sleep(2)
        seconds = (self.value("cueline.position") - before) / 1000 / (time.monotonic() - then) * 2
        self.value("document.getElementById('play').click()")
        return seconds

    def violations(self, axe):
        """Rules of axe that the page breaks with all of it open, by impact."""
        self.value("document.querySelectorAll('details').forEach(d => d.open = true)")
        time.sleep(.4)
        self.ask("Runtime.evaluate", expression=axe.read_text())
        found = {}
        for impact, *rest in self.value("axe.run(document).then(r => r.violations.map(v => [v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 120)]))"):
            found.setdefault(impact or "none", []).append(rest)
        return found

    def requests(self, *known):
        """Addresses that were asked for, but for those that begin as is known, and what the page made itself."""
        asked = [e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return [url[:120] for url in asked if not url.startswith((*known, "blob:", "data:"))]

    def complaints(self, expected="\n"):
        """Exceptions, and errors and warnings on the console, but for those with a text in them that is expected."""
        return [json.dumps(e["params"])[:400] for e in self.events if e["method"] == "Runtime.exceptionThrown"
                or (e["method"] == "Log.entryAdded" and e["params"]["entry"]["level"] in ("error", "warning")
                    and expected not in e["params"]["entry"]["text"])
                or (e["method"] == "Runtime.consoleAPICalled" and e["params"]["type"] in ("error", "warning"))]

    def picture(self, path):
        data = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def click(self, x, y):
        for kind in ["mousePressed", "mouseReleased"]:
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def wheel(self, x, y, by, across=0):
        self.ask("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=across, deltaY=by)

    def key(self, key):
        text = key if len(key) == 1 else ""
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, text=text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)
